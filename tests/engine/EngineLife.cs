using System.Globalization;
using Keelson.Engine.Images;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.Engine.Tests;

/// <summary>A process that ends itself by SIGKILL at a step of its life: FOLDER STEP KIND [IMAGE].</summary>
internal static class EngineLife
{
    public static async Task<int> RunAsync(string[] words)
    {
        int left = int.Parse(words[1], CultureInfo.InvariantCulture);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(words[0], step: step =>
        {
            if (Interlocked.Decrement(ref left) == 0) _ = Processes.TryKill(Environment.ProcessId, Signals.SIGKILL);
        });
        if (words[2] == "pull") await engine.Images.PullAsync(EngineUnderTest.Space, ImageReference.Parse(words[3]));
        else if (words[2] == "commit") await CommitAsync(engine);
        else await LiveAsync(engine);
        return 0;
    }

    /// <summary>Two images, one on top of the other and the base, as a build and a commit make them.</summary>
    private static async Task CommitAsync(EngineUnderTest engine)
    {
        IImageMaker images = engine.Images;
        EngineImage image = await engine.Images.GetAsync(EngineUnderTest.Space, MakingTests.Base);
        string work = await images.BeginWorkAsync(EngineUnderTest.Space, "one");
        await images.HoldAsync(EngineUnderTest.Space, work, image);
        await engine.Images.UnpackAsync(EngineUnderTest.Space, image, "", work);
        foreach (string file in (string[])["first", "second"])
        {
            string key = $"{work}-{file}";
            EngineUnderTest.WriteFile(await engine.Engine.Snapshots.Of(EngineUnderTest.Space, "", work).PrepareAsync(key, ChainId.Of(image.Config.Rootfs!.DiffIds)[^1].ToString()), file, file);
            MadeLayer? layer = await images.MakeLayerAsync(EngineUnderTest.Space, work, key, image.Config.Rootfs.DiffIds, takes: file == "first");
            image = await images.MakeAsync(EngineUnderTest.Space, work, new(image, image.Config with { Author = file }) { Layer = layer, CacheKey = file });
        }
        await engine.Images.TagAsync(EngineUnderTest.Space, image.Id.ToString(), ImageReference.Parse(MakingTests.Result));
        await images.EndWorkAsync(EngineUnderTest.Space, work, image);
        await engine.Snapshots.RemoveAsync(work + "-second");
    }

    private static async Task LiveAsync(EngineUnderTest engine)
    {
        ISnapshotter snapshots = engine.Snapshots;
        await engine.LayerAsync("one", "", "file", "1");
        await engine.LayerAsync("two", "one", "other", "2");
        await snapshots.PrepareAsync("work", "two", new Dictionary<string, string> { ["x"] = "y" });
        await snapshots.ViewAsync("look", "one");
        await snapshots.RemoveAsync("look");
        await snapshots.RemoveAsync("work");
        await snapshots.RemoveAsync("two");
    }
}
