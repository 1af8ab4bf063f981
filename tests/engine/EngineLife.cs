using System.Globalization;
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
        else await LiveAsync(engine);
        return 0;
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
