namespace Keelson.Snapshots.Tests;

/// <summary>The erofs snapshotter: the shared suite, and its images.</summary>
public sealed class ErofsTests : SnapshotterConformance
{
    public ErofsTests()
    {
        if (ErofsSnapshotter.Missing is not { } reason) return;
        Assert.Skip(reason.Contains("mkfs", StringComparison.Ordinal) ? "needs program mkfs.erofs" : "needs erofs");
    }

    /// <summary>A file of a tmpfs is mounted through a loop device, and there are not 128 of them for everybody.</summary>
    protected override string MakeWork() => Directory.CreateTempSubdirectory("keelson-erofs-").FullName;

    protected override ISnapshotter Open(string root) => ErofsSnapshotter.Open(new(root) { Time = new StepClock(), Durability = SnapshotDurability.None });

    [RootFact]
    public async Task A_layer_on_a_tmpfs_is_mounted_through_a_loop_device()
    {
        string root = TestDirectory.Make("erofs");
        using (ErofsSnapshotter other = ErofsSnapshotter.Open(new(root)))
        {
            InMount(await other.PrepareAsync("a", ""), "echo 1 > file").Succeeds();
            await other.CommitAsync("one", "a");
            Assert.Equal("1", InMount(await other.ViewAsync("v", "one"), "cat file").Succeeds().Text);
            Assert.StartsWith("/dev/loop", MountEntry.At(MountEntry.ReadAll(), root + "/snapshots/1/layer").Source, StringComparison.Ordinal);
            other.UnmountLayers();
        }
        TestDirectory.Remove(root);
    }

    [RootFact]
    public async Task A_committed_layer_is_an_image_alone()
    {
        await LayerAsync("one", "", "echo 1 > file");
        Assert.Equal(["layer", "layer.erofs"], Directory.GetFileSystemEntries(Root + "/snapshots/1").Select(Path.GetFileName).Order());
        await SeesAsync("one", "cat file; touch file 2> /dev/null || echo read-only", "1\nread-only");
    }

    [RootFact]
    public async Task A_layer_that_is_mounted_goes_with_its_snapshot()
    {
        await LayerAsync("one", "", "echo 1 > file");
        await SeesAsync("one", "cat file", "1");
        Assert.Contains(MountEntry.ReadAll(), mount => mount.Target == Root + "/snapshots/1/layer");
        await Snapshotter.RemoveAsync("one");
        await Snapshotter.CleanupAsync();
        Assert.DoesNotContain(MountEntry.ReadAll(), mount => mount.Target.StartsWith(Root, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(Root + "/snapshots"));
    }
}
