namespace Keelson.Conformance;

/// <summary>The root file system: pivot, read-only, masked and read-only paths. Rows R13 and R14.</summary>
public sealed class RootfsTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void A_read_only_root_cannot_be_written_and_tmpfs_mounts_in_it_can()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("touch /x 2>&1; touch /dev/shm/y && echo ok").WritableRoot().Set("root.readonly", true);
        Assert.Equal("touch: /x: Read-only file system\nok\n", runtime.RunBundle(bundle).Succeeds().Stdout);
        Assert.False(File.Exists(bundle.Rootfs + "/x"));
    }

    [RootFact]
    public void A_root_that_is_not_read_only_is_written_to_the_bundle()
    {
        BundleBuilder bundle = runtime.Bundle("touch", "/x").WritableRoot();
        runtime.RunBundle(bundle).Succeeds();
        Assert.True(File.Exists(bundle.Rootfs + "/x"));
    }

    [RootFact]
    [Reference("runc", "1.1.5 loses nosuid and nodev when it makes the root read-only; crun 1.8.1 too")]
    public void A_read_only_root_on_a_mount_with_flags_keeps_them()
    {
        using HostMount home = new(runtime.WorkDirectory + "/home", "nosuid,nodev,noatime");
        BundleBuilder bundle = runtime.Bundle("cat", "/proc/self/mountinfo").Set("root.path", home.Target + "/rootfs");
        ChildProcess.Run(["cp", "-a", BusyboxRootfs.Shared, home.Target + "/rootfs"]).Succeeds();
        MountEntry.At(MountEntry.Parse(runtime.RunBundle(bundle).Succeeds().Stdout), "/").MustHave("ro,nosuid,nodev,noatime");
    }

    [RootFact]
    public void The_root_may_be_relative_to_the_bundle()
    {
        BundleBuilder bundle = runtime.Bundle("ls", "/").WritableRoot().Set("root.path", "rootfs");
        Assert.Contains("bin", runtime.RunBundle(bundle).Succeeds().Lines);
    }

    [RootFact]
    public void The_root_may_be_a_mount_point()
    {
        using HostMount mount = new(runtime.WorkDirectory + "/mount");
        BundleBuilder bundle = runtime.Bundle("ls", "/");
        ChildProcess.Run(["mount", "--bind", BusyboxRootfs.Shared, mount.Target]).Succeeds();
        Assert.Contains("bin", runtime.RunBundle(bundle.Set("root.path", mount.Target)).Succeeds().Lines);
        ChildProcess.Run(["umount", mount.Target]).Succeeds();
    }

    [RootFact]
    public void The_mount_points_of_the_default_configuration_are_made_in_an_empty_root()
    {
        BundleBuilder bundle = runtime.Bundle("/probe");
        Directory.CreateDirectory(bundle.Directory + "/root");
        File.Copy(BusyboxRootfs.Shared + "/bin/probe", bundle.Directory + "/root/probe");
        runtime.RunBundle(bundle.SetJson("root", """{"path": "root"}""")).Succeeds();
        Assert.Equal(["dev", "probe", "proc", "sys"], Directory.EnumerateFileSystemEntries(bundle.Directory + "/root").Select(Path.GetFileName).Order());
    }

    [RootFact]
    public void The_parent_of_the_root_is_the_root()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("cd ..; cd ../../..; ls -d bin proc");
        Assert.Equal("bin\nproc\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void Without_pivot_the_container_is_jailed_all_the_same()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("cd ..; ls -d bin proc; cat /proc/self/mountinfo");
        CommandResult result = runtime.RunBundle(bundle, "--no-pivot").Succeeds();
        Assert.StartsWith("bin\nproc\n", result.Stdout);
        Assert.DoesNotContain(MountEntry.Parse(result.Stdout["bin\nproc\n".Length..]), m => m.Target.StartsWith("/dev/shm/keelson", StringComparison.Ordinal));
    }

    [RootFact]
    public void Without_pivot_an_exec_sees_the_same_root()
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000"));
        container.Create("--no-pivot");
        container.Start();
        Assert.Contains("bin", container.Exec("ls", "/").Succeeds().Lines);
    }

    [RootFact]
    public void A_masked_file_reads_as_empty()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("cat /etc/passwd; wc -c < /proc/meminfo").SetJson("linux.maskedPaths", """["/etc/passwd", "/proc/meminfo"]""");
        Assert.Equal("0\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void A_masked_directory_is_empty_and_read_only()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("ls -A /etc; touch /etc/x 2>&1").WritableRoot().SetJson("linux.maskedPaths", """["/etc"]""");
        Assert.Equal("touch: /etc/x: Read-only file system\n", runtime.RunBundle(bundle).Exits(1).Stdout);
    }

    [RootFact]
    public void Masked_paths_that_are_not_there_are_passed_over() =>
        runtime.RunBundle(runtime.Bundle("true").SetJson("linux.maskedPaths", """["/no/such/path", "/proc/no-such-file"]""")).Succeeds();

    [RootFact]
    public void Many_masked_paths_are_masked()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("for d in bin2 mnt home var run usr; do ls -A /$d; done; echo end").WritableRoot()
            .SetJson("linux.maskedPaths", """["/mnt", "/home", "/var", "/run", "/usr", "/bin2"]""");
        foreach (string name in (ReadOnlySpan<string>)["bin2", "mnt", "home", "var", "run", "usr"]) Directory.CreateDirectory($"{bundle.Rootfs}/{name}/inner");
        Assert.Equal("end\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void A_read_only_path_cannot_be_written_and_its_flags_stay()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("touch /mnt/x 2>&1; cat /proc/self/mountinfo").Mount("/mnt", "tmpfs", "tmpfs", "nosuid", "noexec")
            .SetJson("linux.readonlyPaths", """["/mnt", "/no/such/path"]""");
        CommandResult result = runtime.RunBundle(bundle).Succeeds();
        Assert.StartsWith("touch: /mnt/x: Read-only file system\n", result.Stdout);
        MountEntry.At(MountEntry.Parse(result.Stdout[(result.Stdout.IndexOf('\n') + 1)..]), "/mnt").MustHave("ro,nosuid,noexec");
    }

    [RootFact]
    public void A_read_only_path_covers_the_mounts_below()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("cat /mnt/a/file; touch /mnt/x 2> /dev/null || echo refused").Mount("/mnt", "tmpfs", "tmpfs").Mount("/mnt/a", "tmpfs", "tmpfs")
            .SetJson("linux.readonlyPaths", """["/mnt"]""");
        Assert.Equal("refused\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void The_default_masked_and_read_only_paths_hold()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("wc -c < /proc/keys; ls -A /sys/firmware | wc -l; echo 1 > /proc/sys/kernel/domainname || echo ro; echo h > /proc/sysrq-trigger || echo ro");
        Assert.Equal("0\n0\nro\nro\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void Proc_shows_the_container_s_processes_alone()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("ls /proc | grep -c '^[0-9]'");
        Assert.InRange(int.Parse(runtime.RunBundle(bundle).Succeeds().Text), 1, 4);
    }
}
