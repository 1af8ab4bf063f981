namespace Keelson.Snapshots.Tests;

/// <summary>The overlayfs snapshotter: the shared suite, and its mounts to the letter.</summary>
public sealed class OverlayTests : SnapshotterConformance
{
    protected override ISnapshotter Open(string root) => OverlaySnapshotter.Open(new(root) { Time = new StepClock() });

    [RootFact]
    public async Task Mounts_are_those_of_containerd()
    {
        string s = Root + "/snapshots";
        Assert.Equal($"bind {s}/1/fs rw,rbind", await PreparedAsync("a", ""));
        Assert.Equal($"bind {s}/2/fs ro,rbind", await ViewedAsync("v", ""));
        await Snapshotter.CommitAsync("one", "a");
        Assert.Equal($"overlay overlay index=off,workdir={s}/3/work,upperdir={s}/3/fs,lowerdir={s}/1/fs", await PreparedAsync("b", "one"));
        Assert.Equal($"bind {s}/1/fs ro,rbind", await ViewedAsync("w", "one"));
        await Snapshotter.CommitAsync("two", "b");
        Assert.Equal($"overlay overlay index=off,workdir={s}/5/work,upperdir={s}/5/fs,lowerdir={s}/3/fs:{s}/1/fs", await PreparedAsync("c", "two"));
        Assert.Equal($"overlay overlay index=off,lowerdir={s}/3/fs:{s}/1/fs", await ViewedAsync("x", "two"));
    }

    [RootFact]
    public async Task Options_are_added_to_overlays_that_are_written_to()
    {
        using OverlaySnapshotter other = OverlaySnapshotter.Open(new(Work + "/other") { MountOptions = ["volatile"] });
        await other.PrepareAsync("a", "");
        await other.CommitAsync("one", "a");
        IReadOnlyList<Mount> mounts = await other.PrepareAsync("b", "one");
        Assert.Contains("volatile", mounts[0].Options);
        InMount(mounts, "touch x; grep -q volatile /proc/self/mountinfo").Succeeds();
        Assert.DoesNotContain("volatile", (await other.ViewAsync("v", "one"))[0].Options);
    }

    [RootFact]
    public async Task Owners_are_mapped_by_the_kernel_and_not_copied()
    {
        Dictionary<string, string> labels = new() { [SnapshotLabels.UserMapping] = "0:100000:65536", [SnapshotLabels.GroupMapping] = "0:200000:65536" };
        await LayerAsync("one", "", "touch file");
        Mount mount = (await Snapshotter.PrepareAsync("a", "one", labels))[0];
        Assert.Equal(("overlay", "uidmap=0:100000:65536", "gidmap=0:200000:65536"), (mount.Type, mount.Options[0], mount.Options[1]));
        Assert.Empty(Directory.GetFileSystemEntries(Root + "/snapshots/2/fs"));
    }

    private async Task<string> PreparedAsync(string key, string parent) => Assert.Single(await Snapshotter.PrepareAsync(key, parent)).ToString();

    private async Task<string> ViewedAsync(string key, string parent) => Assert.Single(await Snapshotter.ViewAsync(key, parent)).ToString();
}
