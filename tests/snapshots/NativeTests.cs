namespace Keelson.Snapshots.Tests;

/// <summary>The native snapshotter: the shared suite, and its mounts to the letter.</summary>
public sealed class NativeTests : SnapshotterConformance
{
    protected override ISnapshotter Open(string root) => NativeSnapshotter.Open(new(root) { Time = new StepClock() });

    [RootFact]
    public async Task Mounts_are_those_of_containerd()
    {
        string s = Root + "/snapshots";
        Assert.Equal($"bind {s}/1 rw,rbind", Assert.Single(await Snapshotter.PrepareAsync("a", "")).ToString());
        await Snapshotter.CommitAsync("one", "a");
        Assert.Equal($"bind {s}/2 rw,rbind", Assert.Single(await Snapshotter.PrepareAsync("b", "one")).ToString());
        Assert.Equal($"bind {s}/1 ro,rbind", Assert.Single(await Snapshotter.ViewAsync("v", "one")).ToString());
    }
}
