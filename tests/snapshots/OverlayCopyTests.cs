namespace Keelson.Snapshots.Tests;

/// <summary>The overlayfs snapshotter where the kernel does not map owners.</summary>
public sealed class OverlayCopyTests : SnapshotterTest
{
    protected override ISnapshotter Open(string root) => OverlaySnapshotter.Open(new(root) { CopyForMappedOwners = true });

    [RootFact]
    public async Task A_snapshot_with_mapped_owners_is_a_whole_copy()
    {
        Dictionary<string, string> labels = new() { [SnapshotLabels.UserMapping] = "0:100000:65536", [SnapshotLabels.GroupMapping] = "0:200000:65536" };
        await LayerAsync("one", "", "touch gone; touch file; chown 5:6 file");
        await LayerAsync("two", "one", "rm gone; mkdir d");
        Assert.Equal("d\nfile\n100005:200006", InMount(await Snapshotter.PrepareAsync("a", "two", labels), "ls; stat -c '%u:%g' file").Succeeds().Text);
        await Snapshotter.CommitAsync("three", "a");
        await SeesAsync("three", "ls; stat -c '%u:%g' file", "d\nfile\n100005:200006");
    }
}
