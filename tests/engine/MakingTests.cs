using System.Formats.Tar;
using System.Globalization;
using Keelson.Engine.Images;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Engine.Tests;

/// <summary>Images that are made here, by builds and of containers.</summary>
public sealed class MakingTests
{
    /// <summary>Names of images.</summary>
    internal const string Base = "docker.io/library/base:latest", Result = "docker.io/library/result:latest";

    [RootFact]
    public async Task Kill_9_at_every_step_leaves_images_that_are_whole_and_nothing_else_and_the_last_one_made_stays()
    {
        int killed = 0;
        for (int step = 1; ; step++)
        {
            string folder = TestDirectory.Make("killed");
            await using (EngineUnderTest first = await EngineUnderTest.OpenAsync(folder)) await ImportAsync(first);
            if (Run(folder, step) == 0) break;
            killed++;
            await using (EngineUnderTest engine = await EngineUnderTest.OpenAsync(folder))
            {
                foreach (string work in engine.Images.LeftWorks(EngineUnderTest.Space)) await engine.Images.EndLeftWorkAsync(EngineUnderTest.Space, work);
                await engine.Database.Collector.CollectAsync();
                Assert.Empty(engine.Database.Leases(EngineUnderTest.Space).List());
                EngineImage below = await engine.Images.GetAsync(EngineUnderTest.Space, Base);
                EngineImage? one = engine.Images.FindMade(EngineUnderTest.Space, below, "first"), two = one is null ? null : engine.Images.FindMade(EngineUnderTest.Space, one, "second");
                // A layer of one file, a configuration and a manifest for each.
                Assert.Equal(3 * (1 + (one is null ? 0 : 1) + (two is null ? 0 : 1)), engine.Database.Content(EngineUnderTest.Space).List().Count());
                Assert.All(await engine.KeysAsync(), key => Assert.StartsWith("sha256:", key, StringComparison.Ordinal));
                string[] names = [.. engine.Database.Images(EngineUnderTest.Space).List().Select(record => record.Name).Where(name => name != Base)];
                // What was made last has a name, its own or one of a digest.
                Assert.Equal(one is null ? [] : names.Contains(Result) ? [Result] : [(two ?? one).Target.Digest.ToString()], names);
                if ((two ?? one) is { } made)
                {
                    string tree = await engine.TreeAsync(await engine.Images.UnpackAsync(EngineUnderTest.Space, made));
                    Assert.Contains("basefirst" + (two is null ? "" : "second"), tree, StringComparison.Ordinal);
                }
            }
            TestDirectory.Remove(folder);
        }
        Assert.InRange(killed, 10, 60);
    }

    private static async Task ImportAsync(EngineUnderTest engine)
    {
        using MemoryStream archive = new();
        using (TarWriter tar = new(archive, leaveOpen: true)) tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "base") { DataStream = new MemoryStream("base"u8.ToArray()) });
        archive.Position = 0;
        await engine.Images.ImportAsync(EngineUnderTest.Space, archive, ImageReference.Parse(Base));
    }

    private static int Run(string folder, int step)
    {
        CommandResult result = ChildProcess.Run([Environment.ProcessPath!, "life", folder, step.ToString(CultureInfo.InvariantCulture), "commit"]);
        Assert.True(result.ExitCode is 0 or 128 + Signals.SIGKILL, result.ToString());
        return result.ExitCode;
    }
}
