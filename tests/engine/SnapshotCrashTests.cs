using System.Globalization;
using Keelson.Content;
using Keelson.Distribution.Tests;
using Keelson.Engine.Images;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tests;

/// <summary>A life of an engine is ended by SIGKILL between any two of its steps.</summary>
public sealed class SnapshotCrashTests
{
    [RootFact]
    public async Task Kill_9_between_name_and_files_leaves_neither_without_the_other()
    {
        int killed = 0;
        for (int step = 1; ; step++)
        {
            string folder = TestDirectory.Make("killed");
            if (Run(folder, step, "snapshots").ExitCode == 0) break;
            killed++;
            await using (EngineUnderTest engine = await EngineUnderTest.OpenAsync(folder))
            {
                Assert.Empty(engine.Engine.Snapshots.Repair.Damaged);
                await AssertConsistentAsync(engine, $"at step {step}");
                // A commit that had begun is done: nothing of what was written is lost.
                if (step >= 4) Assert.Contains("1", await engine.TreeAsync("one"), StringComparison.Ordinal);
            }
            TestDirectory.Remove(folder);
        }
        Assert.InRange(killed, 12, 40);
    }

    [RegistryFact]
    public async Task Kill_9_at_every_other_step_of_a_pull_loses_nothing_of_what_came_and_the_next_pull_ends_it()
    {
        TestImage image = TestImage.Make(isGzip: true, 300_000, 40_000);
        await using ImageServer registry = new(image);
        int killed = 0;
        for (int step = 1; ; step += 2)
        {
            string folder = TestDirectory.Make("killed");
            if (Run(folder, step, "pull", registry.Reference.ToString()).ExitCode == 0) break;
            killed++;
            int asked = registry.Of("GET", "/blobs/").Count();
            await using (EngineUnderTest engine = await EngineUnderTest.OpenAsync(folder))
            {
                await AssertConsistentAsync(engine, $"at step {step}");
                await engine.Database.Collector.CollectAsync();
                EngineImage pulled = await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);
                Assert.Equal(image.Target.Digest, pulled.Target.Digest);
                Assert.Contains("file-300000", await engine.TreeAsync(ChainId.Of(pulled.Config.Rootfs!.DiffIds)[^1].ToString()), StringComparison.Ordinal);
                // What had come before the kill is not asked for again: three blobs in all.
                Assert.InRange(registry.Of("GET", "/blobs/").Count() - asked, 0, 3);
                Assert.Empty(engine.Database.Leases(EngineUnderTest.Space).List());
                await engine.Database.Collector.CollectAsync();
                Assert.Equal((2, 4), ((await engine.KeysAsync()).Count, engine.Database.Content(EngineUnderTest.Space).List().Count()));
            }
            TestDirectory.Remove(folder);
        }
        Assert.InRange(killed, 8, 20);
    }

    private static CommandResult Run(string folder, int step, params IReadOnlyList<string> words)
    {
        Dictionary<string, string> environment = [];
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } runtime) environment["DOTNET_ROOT"] = runtime;
        CommandResult result = ChildProcess.Run([Environment.ProcessPath!, "life", folder, step.ToString(CultureInfo.InvariantCulture), .. words], new() { Environment = environment });
        Assert.True(result.ExitCode is 0 or 128 + Signals.SIGKILL, result.ToString());
        return result;
    }

    /// <summary>Each name has files and each file has a name, in the metadata as in the snapshotter's own index.</summary>
    private static async Task AssertConsistentAsync(EngineUnderTest engine, string when)
    {
        string[] names = [.. engine.Database.View().Snapshots(EngineUnderTest.Space).Select(row => row.InternalName)];
        foreach (SnapshotRecord row in engine.Database.View().Snapshots(EngineUnderTest.Space))
        {
            await engine.Snapshots.UsageAsync(row.Key);
            if (row.Kind != SnapshotKind.Committed) Assert.NotEmpty(await engine.Snapshots.MountsAsync(row.Key));
        }
        await engine.Engine.Snapshots.CleanupAsync();
        Assert.True(names.Length == engine.CountDirectories(), $"{when}: {names.Length} names, {engine.CountDirectories()} directories");
    }
}
