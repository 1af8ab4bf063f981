using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots.Tests;

/// <summary>Lists of mounts are carried out.</summary>
public sealed class MountTests : IDisposable
{
    private readonly string work = TestDirectory.Make("mounts");

    [RootFact]
    public void An_overlay_of_128_layers_is_mounted_as_before_Linux_6_5()
    {
        Mount mount = new("overlay", "overlay", [$"upperdir={Make("upper")}", $"workdir={Make("work")}", "index=off", $"lowerdir={Layers(128, work)}"]);
        using FdHandle overlay = MountSet.OverlayBefore65(mount, MountWords.Read(mount));
        File.WriteAllText(overlay.ProcPath + "/new", "");
        Assert.Equal(129, Directory.GetFiles(overlay.ProcPath).Length);
        Assert.True(File.Exists(work + "/upper/new"));
    }

    [RootFact]
    public void Paths_of_layers_may_be_longer_than_a_parameter()
    {
        string deep = Make(string.Join('/', Enumerable.Repeat(new string('d', 100), 4)));
        Mount mount = new("overlay", "overlay", [$"upperdir={Make(deep[work.Length..] + "/upper")}", $"workdir={Make(deep[work.Length..] + "/work")}", $"lowerdir={Layers(3, deep)}"]);
        using FdHandle overlay = MountSet.MakeDetached(mount);
        Assert.Equal(3, Directory.GetFiles(overlay.ProcPath).Length);
    }

    [RootFact]
    public void A_colon_in_the_name_of_a_layer_is_escaped()
    {
        File.WriteAllText(Make("a:b\\c") + "/one", "");
        using FdHandle overlay = MountSet.MakeDetached(new("overlay", "overlay", [$"lowerdir={work}/a\\:b\\\\c:{Make("d")}"]));
        Assert.True(File.Exists(overlay.ProcPath + "/one"));
    }

    [RootFact]
    public void What_the_kernel_says_to_an_option_is_told()
    {
        LinuxException e = Assert.Throws<LinuxException>(() => MountSet.MakeDetached(new("overlay", "overlay", ["nonsense=1", $"lowerdir={Layers(2, work)}"])));
        Assert.Equal(Errno.EINVAL, e.Errno);
        Assert.Contains("nonsense", e.Message, StringComparison.Ordinal);
        Assert.Throws<KeelsonException>(() => MountSet.MakeDetached(new("bind", work, ["bind", "nonsense"])));
    }

    [RootFact]
    public void A_list_is_mounted_whole_or_not_at_all()
    {
        string target = Make("target");
        File.WriteAllText(Make("source/below") + "/../file", "");
        Mount bind = new("bind", work + "/source", ["rbind", "ro", "nosuid"]);
        MountSet.Mount([bind, new("tmpfs", "tmpfs", ["size=64k", "nodev"], "below")], target);
        MountEntry.At(MountEntry.ReadAll(), target).MustHave("ro,nosuid");
        MountEntry.At(MountEntry.ReadAll(), target + "/below").MustHave("nodev");
        MountSet.Unmount(target + "/below");
        MountSet.Unmount(target);
        Assert.Throws<LinuxException>(() => MountSet.Mount([bind, new("tmpfs", "tmpfs", [], "nowhere")], target));
        Assert.Throws<KeelsonException>(() => MountSet.Mount([bind, new("tmpfs", "tmpfs", [], "../target")], target));
        Assert.Empty(Directory.GetFileSystemEntries(target));
    }

    [RootFact]
    public void Unmount_takes_all_of_a_place_and_a_mount_in_use_is_EBUSY()
    {
        string target = Make("target");
        for (int i = 0; i < 3; i++) MountSet.Mount([new("tmpfs", "tmpfs", [])], target);
        using (File.Create(target + "/open"))
        {
            Assert.Equal(Errno.EBUSY, Assert.Throws<LinuxException>(() => MountSet.Unmount(target)).Errno);
            MountSet.Unmount(target, isLazy: true);
        }
        MountSet.Unmount(target);
        Assert.DoesNotContain(MountEntry.ReadAll(), mount => mount.Target == target);
    }

    [RootFact]
    public async Task A_mount_that_is_in_use_for_a_moment_is_waited_for()
    {
        string target = Make("target");
        MountSet.Mount([new("tmpfs", "tmpfs", [])], target);
        FileStream open = File.Create(target + "/open");
        Task end = Task.Run(async () =>
        {
            await Task.Delay(50);
            open.Dispose();
        });
        MountSet.Unmount(target);
        await end;
        Assert.DoesNotContain(MountEntry.ReadAll(), mount => mount.Target == target);
    }

    [RootFact]
    public void A_temporary_mount_is_seen_nowhere_else()
    {
        int before = MountEntry.ReadAll().Count(mount => mount.Target.StartsWith(work, StringComparison.Ordinal));
        using TemporaryMount mount = TemporaryMount.Open([new("bind", work, ["rbind", "ro"])]);
        Assert.Equal(before, MountEntry.ReadAll().Count(entry => entry.Target.StartsWith(work, StringComparison.Ordinal)));
        Assert.Equal(Errno.EROFS, Files.TryMakeDirectory(mount.Path + "/new"));
    }

    [RootFact]
    public void A_namespace_of_owners_has_the_ranges_that_it_is_given()
    {
        UserNamespaces.TryMake("0 100000 10\n50 300000 5\n", "0 200000 10\n", out FdHandle? space).ThrowIfError("make");
        using (space) Assert.Equal(Errno.None, Namespaces.TryKind(space!.Fd, out CloneFlags kind) is var errno && kind == CloneFlags.CLONE_NEWUSER ? errno : Errno.EINVAL);
        Assert.Equal(Errno.EINVAL, UserNamespaces.TryMake("nonsense", "0 0 1", out _));
    }

    private string Make(string name) => Directory.CreateDirectory(work + "/" + name.TrimStart('/')).FullName;

    private static string Layers(int count, string directory)
    {
        for (int i = 0; i < count; i++) File.WriteAllText(Directory.CreateDirectory($"{directory}/l{i}").FullName + $"/f{i}", "");
        return string.Join(':', Enumerable.Range(0, count).Select(i => $"{directory}/l{i}"));
    }

    public void Dispose() => TestDirectory.Remove(work);
}
