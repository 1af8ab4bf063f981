using Keelson.Linux.Sys;

namespace Keelson.Conformance;

/// <summary>runtime-spec config "Mounts": what is mounted where, and the options that are flags of one mount. Row R10.</summary>
public sealed class MountTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootTheory]
    [InlineData("ro", "ro")]
    [InlineData("rw", "rw")]
    [InlineData("ro,rw", "rw")]
    [InlineData("nosuid", "nosuid")]
    [InlineData("nodev", "nodev")]
    [InlineData("noexec", "noexec")]
    [InlineData("noatime", "noatime")]
    [InlineData("nodiratime", "nodiratime")]
    [InlineData("relatime", "relatime")]
    [InlineData("norelatime", "relatime")]
    [InlineData("nostrictatime", "relatime")]
    [InlineData("noatime,atime", "relatime")]
    [InlineData("nosymfollow", "nosymfollow")]
    // runc 1.1.5 hands "defaults" to the file system.
    [InlineData("defaults", "rw", Traits = ["fails", "runc"])]
    [InlineData("nosuid,nodev,noexec,ro", "nosuid,nodev,noexec,ro")]
    public void A_flag_is_set_on_a_new_mount(string options, string expected) =>
        MountedAt("/mnt", runtime.Bundle().Mount("/mnt", "tmpfs", "tmpfs", options.Split(','))).MustHave(expected);

    [RootTheory]
    [InlineData("nosuid,suid", "nosuid")]
    [InlineData("nodev,dev", "nodev")]
    [InlineData("noexec,exec", "noexec")]
    [InlineData("nodiratime,diratime", "nodiratime")]
    [InlineData("noatime,atime", "noatime")]
    [InlineData("nosymfollow,symfollow", "nosymfollow")]
    [InlineData("strictatime", "relatime")]
    [InlineData("noatime,strictatime", "noatime")]
    [InlineData("", "nosuid")]
    [InlineData("", "nodev")]
    [InlineData("", "noexec")]
    public void A_flag_is_not_set_on_a_new_mount(string options, string absent) => Assert.DoesNotContain(
        absent, MountedAt("/mnt", runtime.Bundle().Mount("/mnt", "tmpfs", "tmpfs", options.Split(',', StringSplitOptions.RemoveEmptyEntries))).Options);

    [RootTheory]
    [InlineData("sync", "sync")]
    [InlineData("dirsync", "dirsync")]
    [InlineData("lazytime", "lazytime")]
    [InlineData("size=64k", "size=64k")]
    [InlineData("mode=0700", "mode=700")]
    [InlineData("uid=7,gid=8", "uid=7,gid=8")]
    [InlineData("nr_inodes=123", "nr_inodes=123")]
    [InlineData("nosuid,size=128k,nodev,mode=700", "size=128k,mode=700")]
    public void An_option_of_the_file_system_reaches_it(string options, string expected) =>
        MountedAt("/mnt", runtime.Bundle().Mount("/mnt", "tmpfs", "tmpfs", options.Split(','))).FileSystemMustHave(expected);

    [RootTheory]
    [InlineData("sync,async", "sync")]
    [InlineData("lazytime,nolazytime", "lazytime")]
    public void An_option_of_the_file_system_is_taken_back(string options, string absent) => Assert.DoesNotContain(
        absent, MountedAt("/mnt", runtime.Bundle().Mount("/mnt", "tmpfs", "tmpfs", options.Split(','))).SuperOptions);

    [RootTheory]
    [InlineData("silent")]
    [InlineData("loud")]
    [InlineData("iversion")]
    [InlineData("noiversion")]
    [InlineData("mand")]
    [InlineData("nomand")]
    [InlineData("acl")]
    [InlineData("noacl")]
    public void An_option_without_a_visible_effect_is_accepted(string option) =>
        MountedAt("/mnt", runtime.Bundle().Mount("/mnt", "tmpfs", "tmpfs", option));

    [RootTheory]
    [InlineData("ro", "ro")]
    [InlineData("nosuid", "nosuid")]
    [InlineData("nodev", "nodev")]
    [InlineData("noexec", "noexec")]
    [InlineData("noatime", "noatime")]
    [InlineData("nodiratime", "nodiratime")]
    [InlineData("nosymfollow", "nosymfollow")]
    [InlineData("ro,nosuid,noexec", "ro,nosuid,noexec")]
    public void A_flag_is_set_on_a_bind_mount(string options, string expected)
    {
        BundleBuilder bundle = runtime.Bundle().Mount("/mnt", "bind", Directory.CreateDirectory(runtime.WorkDirectory + "/source").FullName, ["bind", .. options.Split(',')]);
        MountedAt("/mnt", bundle).MustHave(expected);
    }

    [RootFact]
    public void A_bind_mount_without_flags_keeps_those_of_its_source()
    {
        using HostMount source = new(runtime.WorkDirectory + "/source", "nosuid,noexec,noatime");
        MountedAt("/mnt", runtime.Bundle().Mount("/mnt", "bind", source.Target, "bind")).MustHave("nosuid,noexec,noatime,rw");
    }

    [RootFact]
    public void A_read_only_bind_mount_cannot_be_written_and_its_source_can()
    {
        string source = Directory.CreateDirectory(runtime.WorkDirectory + "/source").FullName;
        BundleBuilder bundle = runtime.Bundle().Shell("touch /mnt/x 2>&1; echo $?").Mount("/mnt", "bind", source, "bind", "ro");
        Assert.Equal("touch: /mnt/x: Read-only file system\n1\n", runtime.RunBundle(bundle).Succeeds().Stdout);
        File.WriteAllText(source + "/y", "");
    }

    [RootFact]
    public void A_bind_mount_shows_the_same_files_on_both_sides()
    {
        string source = Directory.CreateDirectory(runtime.WorkDirectory + "/source").FullName;
        File.WriteAllText(source + "/from-host", "h");
        BundleBuilder bundle = runtime.Bundle().Shell("cat /mnt/from-host; echo c > /mnt/from-container").Mount("/mnt", "bind", source, "bind");
        Assert.Equal("h", runtime.RunBundle(bundle).Succeeds().Stdout);
        Assert.Equal("c\n", File.ReadAllText(source + "/from-container"));
    }

    [RootTheory]
    [InlineData("none")]
    [InlineData("")]
    public void The_option_makes_it_a_bind_mount_whatever_the_type(string type)
    {
        string source = Directory.CreateDirectory(runtime.WorkDirectory + "/source").FullName;
        File.WriteAllText(source + "/file", "bound");
        Assert.Equal("bound", runtime.RunBundle(runtime.Bundle("cat", "/mnt/file").Mount("/mnt", type, source, "rbind", "rw")).Succeeds().Stdout);
    }

    [RootFact]
    public void A_file_is_bound_over_a_file()
    {
        File.WriteAllText(runtime.WorkDirectory + "/hosts", "127.0.0.1 bound\n");
        BundleBuilder bundle = runtime.Bundle("cat", "/etc/passwd").Mount("/etc/passwd", "bind", runtime.WorkDirectory + "/hosts", "bind", "ro");
        Assert.Equal("127.0.0.1 bound\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void The_source_of_a_bind_mount_may_be_relative_to_the_bundle()
    {
        BundleBuilder bundle = runtime.Bundle("cat", "/mnt/file").Mount("/mnt", "bind", "data", "bind");
        Directory.CreateDirectory(bundle.Directory + "/data");
        File.WriteAllText(bundle.Directory + "/data/file", "near");
        Assert.Equal("near", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void The_source_of_a_bind_mount_may_be_a_link()
    {
        Directory.CreateDirectory(runtime.WorkDirectory + "/real");
        File.WriteAllText(runtime.WorkDirectory + "/real/file", "linked");
        Files.TrySymlink("real", runtime.WorkDirectory + "/link");
        Assert.Equal("linked", runtime.RunBundle(runtime.Bundle("cat", "/mnt/file").Mount("/mnt", "bind", runtime.WorkDirectory + "/link", "bind")).Succeeds().Stdout);
    }

    [RootTheory]
    [InlineData("unix")]
    [InlineData("fifo")]
    public void A_socket_or_a_fifo_is_bound(string kind)
    {
        string source = runtime.WorkDirectory + "/source";
        Linux.FdHandle? listener = null;
        if (kind == "unix") Sockets.TryListen(source, out listener);
        else Files.TryMakeNode(source, FileStatus.S_IFIFO | 0b110_000_000);
        using (listener)
        {
            BundleBuilder bundle = runtime.Bundle("stat", "-c", "%F", "/tmp/bound").WritableRoot().Mount("/tmp/bound", "bind", source, "bind");
            Assert.Equal(kind == "unix" ? "socket\n" : "fifo\n", runtime.RunBundle(bundle).Succeeds().Stdout);
        }
    }

    [RootFact]
    public void A_missing_source_of_a_bind_mount_is_an_error()
    {
        runtime.RunBundle(runtime.Bundle("true").Mount("/mnt", "bind", runtime.WorkDirectory + "/absent", "bind")).Fails("absent");
        Assert.False(Path.Exists(runtime.WorkDirectory + "/absent"));
    }

    [RootFact]
    public void Missing_mount_points_are_made()
    {
        string directory = Directory.CreateDirectory(runtime.WorkDirectory + "/source").FullName;
        File.WriteAllText(directory + "/file", "there");
        BundleBuilder bundle = runtime.Bundle("cat", "/made/dir/file", "/made/as/file").WritableRoot()
            .Mount("/made/dir", "bind", directory, "bind").Mount("/made/as/file", "bind", directory + "/file", "bind").Mount("/made/tmp", "tmpfs", "tmpfs");
        Assert.Equal("therethere", runtime.RunBundle(bundle).Succeeds().Stdout);
        Assert.True(Directory.Exists(bundle.Rootfs + "/made/dir") && Directory.Exists(bundle.Rootfs + "/made/tmp"));
        Assert.Equal(0, new FileInfo(bundle.Rootfs + "/made/as/file").Length);
    }

    [RootFact]
    public void A_missing_mount_point_behind_a_link_is_made_inside_the_root()
    {
        BundleBuilder bundle = runtime.Bundle("ls", "/mnt").WritableRoot().Mount("/link/inner", "tmpfs", "tmpfs");
        Files.TrySymlink("/mnt", bundle.Rootfs + "/link");
        Assert.Equal("inner\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void Mounts_are_made_in_the_order_of_the_configuration()
    {
        BundleBuilder bundle = runtime.Bundle().Mount("/mnt", "tmpfs", "tmpfs", "size=64k").Mount("/mnt/inner", "tmpfs", "tmpfs", "size=128k");
        Assert.Contains("size=128k", MountedAt("/mnt/inner", bundle).SuperOptions);
    }

    [RootFact]
    public void A_later_mount_hides_an_earlier_one_at_the_same_place()
    {
        BundleBuilder bundle = runtime.Bundle().Mount("/mnt", "tmpfs", "tmpfs", "size=64k").Mount("/mnt", "tmpfs", "tmpfs", "size=128k");
        Assert.Contains("size=128k", MountedAt("/mnt", bundle).SuperOptions);
    }

    [RootFact]
    public void An_overlay_is_mounted()
    {
        foreach (string name in (ReadOnlySpan<string>)["lower", "upper", "work"]) Directory.CreateDirectory(runtime.WorkDirectory + "/" + name);
        File.WriteAllText(runtime.WorkDirectory + "/lower/file", "low");
        string data = $"lowerdir={runtime.WorkDirectory}/lower";
        BundleBuilder bundle = runtime.Bundle().Shell("cat /mnt/file; echo new > /mnt/other")
            .Mount("/mnt", "overlay", "overlay", data, $"upperdir={runtime.WorkDirectory}/upper", $"workdir={runtime.WorkDirectory}/work");
        Assert.Equal("low", runtime.RunBundle(bundle).Succeeds().Stdout);
        Assert.Equal("new\n", File.ReadAllText(runtime.WorkDirectory + "/upper/other"));
    }

    [RootFact]
    public void The_source_of_a_file_system_is_shown() => Assert.Equal("a-name", MountedAt("/mnt", runtime.Bundle().Mount("/mnt", "tmpfs", "a-name")).Source);

    [RootFact]
    public void An_unknown_file_system_is_an_error_that_names_the_mount() =>
        runtime.RunBundle(runtime.Bundle("true").Mount("/mnt", "no-such-fs", "none")).Fails("/mnt");

    [RootFact]
    public void An_option_that_the_file_system_does_not_know_is_an_error_that_names_the_mount() =>
        runtime.RunBundle(runtime.Bundle("true").Mount("/mnt", "tmpfs", "tmpfs", "no-such-option=1")).Fails("/mnt");

    [RootFact]
    public void Tmpcopyup_fills_a_tmpfs_with_what_it_hides()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("cat /etc/group | head -1; stat -c %a /etc/secret; readlink /etc/link; echo more >> /etc/group && echo written").WritableRoot()
            .Mount("/etc", "tmpfs", "tmpfs", "tmpcopyup", "mode=755");
        File.WriteAllText(bundle.Rootfs + "/etc/secret", "s");
        TestDirectory.SetMode(bundle.Rootfs + "/etc/secret", 0b110_000_000);
        Files.TrySymlink("group", bundle.Rootfs + "/etc/link");
        Assert.Equal("root:x:0:\n600\ngroup\nwritten\n", runtime.RunBundle(bundle).Succeeds().Stdout);
        Assert.DoesNotContain("more", File.ReadAllText(bundle.Rootfs + "/etc/group"));
    }

    [RootFact]
    public void Without_tmpcopyup_a_tmpfs_is_empty() =>
        Assert.Equal("", runtime.RunBundle(runtime.Bundle("ls", "-A", "/etc").Mount("/etc", "tmpfs", "tmpfs")).Succeeds().Stdout);

    [RootFact]
    public void Remount_changes_the_flags_of_an_earlier_mount()
    {
        BundleBuilder bundle = runtime.Bundle().Mount("/mnt", "tmpfs", "tmpfs", "nosuid").Mount("/mnt", "bind", "/mnt", "bind", "remount", "ro", "nosuid");
        MountedAt("/mnt", bundle).MustHave("ro,nosuid");
    }

    [RootTheory]
    [InlineData("/proc", "proc")]
    [InlineData("/sys", "sysfs")]
    [InlineData("/dev", "tmpfs")]
    [InlineData("/dev/pts", "devpts")]
    [InlineData("/dev/shm", "tmpfs")]
    [InlineData("/dev/mqueue", "mqueue")]
    public void The_default_mounts_are_there(string target, string type) => Assert.Equal(type, MountedAt(target, runtime.Bundle()).FileSystem);

    [RootFact]
    public void Mounts_of_the_host_are_not_seen()
    {
        IReadOnlyList<MountEntry> mounts = Mounts(runtime.Bundle());
        Assert.DoesNotContain(mounts, m => m.Target.StartsWith("/dev/shm/", StringComparison.Ordinal) || m.Target.Contains("old", StringComparison.Ordinal));
        Assert.Equal("/", mounts[0].Target);
        Assert.Single(mounts, m => m.Target == "/");
    }

    [RootFact]
    [Reference("runc", "has no copy-symlink; crun 1.8.1 does not either, later ones do")]
    public void A_link_is_copied_instead_of_followed()
    {
        string link = runtime.WorkDirectory + "/link";
        Files.TrySymlink("some/target", link);
        BundleBuilder bundle = runtime.Bundle("readlink", "/tmp/copy").WritableRoot().Mount("/tmp/copy", "bind", link, "bind", "copy-symlink");
        Assert.Equal("some/target\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    [Reference("runc", "has neither option; crun 1.8.1 does not either, later ones do")]
    public void A_link_is_bound_over_a_link_without_following_either()
    {
        string link = runtime.WorkDirectory + "/link";
        Files.TrySymlink("new/target", link);
        BundleBuilder bundle = runtime.Bundle("readlink", "/tmp/link").WritableRoot().Mount("/tmp/link", "bind", link, "bind", "src-nofollow", "dest-nofollow");
        Files.TrySymlink("old/target", bundle.Rootfs + "/tmp/link");
        Assert.Equal("new/target\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    private IReadOnlyList<MountEntry> Mounts(BundleBuilder bundle) =>
        MountEntry.Parse(runtime.RunBundle(bundle.Args("cat", "/proc/self/mountinfo")).Succeeds().Stdout);

    private MountEntry MountedAt(string target, BundleBuilder bundle) => MountEntry.At(Mounts(bundle), target);
}
