using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Criu;

namespace Keelson.Runtime.Tests.Criu;

/// <summary><c>checkpoint</c> and <c>restore</c> against a program that speaks the protocol of criu. Row R35.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();
    private readonly FakeCriu criu;
    private readonly string images;

    public CheckpointTests()
    {
        criu = new FakeCriu(runtime.WorkDirectory);
        images = runtime.WorkDirectory + "/images";
    }

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void A_checkpoint_without_criu_says_so()
    {
        TestContainer container = runtime.StartSleeping();
        CommandOptions without = new() { Prefix = ["/usr/bin/env", "PATH=/nowhere"] };
        runtime.Run(without, "checkpoint", "--image-path", images, container.Id).Exits(1).Fails($"checkpoint container {container.Id}: criu is not installed");
        Assert.Equal("running", container.Status);
    }

    [RootFact]
    public void A_restore_without_criu_says_so_and_leaves_no_container()
    {
        BundleBuilder bundle = runtime.Bundle("true").Write();
        runtime.Run(new CommandOptions { Prefix = ["/usr/bin/env", "PATH=/nowhere"] }, "restore", "--image-path", images, "--bundle", bundle.Directory, "x").Fails("restore container x: criu is not installed");
        Assert.Equal("", runtime.Run("list", "-q").Succeeds().Stdout);
    }

    [CgroupFact]
    public void A_checkpoint_saves_the_process_and_deletes_the_container()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Mount("/mnt", "bind", runtime.WorkDirectory, "bind", "ro").Hook("poststop", $"echo stopped > {runtime.WorkDirectory}/hook"));
        int pid = container.Pid;

        Checkpoint(container);

        Assert.Equal(CriuRequestKind.Dump, criu.Kind);
        Assert.Equal(pid, criu.Number(2));
        Assert.Equal(["dump.log"], criu.Texts(10));
        Assert.Equal([container.Bundle.Rootfs], criu.Texts(13));
        Assert.Equal(1, criu.Number(12));
        Assert.Equal(1, criu.Number(24));
        Assert.Equal(1, criu.Number(50));
        string[] mounts = criu.Pairs(23);
        Assert.Contains("/mnt=/mnt", mounts);
        Assert.Contains("/proc/keys=/dev/null", mounts);
        Assert.DoesNotContain(mounts, m => m.StartsWith("/proc/acpi=", StringComparison.Ordinal));
        Assert.Equal([Path.GetDirectoryName(CgroupTree.PathOf("freezer", container.Bundle.CgroupsPath, "x"))!], criu.Texts(44));
        Assert.Equal(["network-lock", "post-dump"], criu.Notices);
        runtime.Run("state", container.Id).Fails("does not exist");
        Assert.Equal("stopped\n", File.ReadAllText(runtime.WorkDirectory + "/hook"));
        Assert.Matches("""^\["[^"]*","[^"]*","[^"]*"\]$""", File.ReadAllText(images + "/descriptors.json"));
    }

    [CgroupFact]
    public void A_checkpoint_that_leaves_it_running_changes_nothing()
    {
        TestContainer container = runtime.StartSleeping();
        Checkpoint(container, "--leave-running");
        Assert.Equal(1, criu.Number(3));
        Assert.Equal("running", container.Status);
    }

    [CgroupFact]
    public void A_pre_dump_tracks_memory_and_goes_on()
    {
        TestContainer container = runtime.StartSleeping();
        Checkpoint(container, "--pre-dump");
        Assert.Equal(CriuRequestKind.PreDump, criu.Kind);
        Assert.Equal(1, criu.Number(15));
        Assert.Equal("running", container.Status);
        Assert.False(File.Exists(images + "/descriptors.json"));
    }

    [CgroupFact]
    public void A_checkpoint_may_build_on_an_earlier_one()
    {
        TestContainer container = runtime.StartSleeping();
        Directory.CreateDirectory(runtime.WorkDirectory + "/earlier");
        Checkpoint(container, "--parent-path", "../earlier");
        Assert.Equal(["../earlier"], criu.Texts(14));
        Assert.Equal(1, criu.Number(15));
    }

    [CgroupTheory]
    [InlineData("/absolute", "has to be relative")]
    [InlineData("../missing", "there is no such directory")]
    public void A_parent_path_that_cannot_be_is_refused_before_anything_is_done(string parent, string message)
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run(criu.Surroundings, "checkpoint", "--image-path", images, "--parent-path", parent, container.Id).Fails(message);
        Assert.Equal("running", container.Status);
    }

    [CgroupTheory]
    [InlineData(4, 1, "--ext-unix-sk")]
    [InlineData(5, 1, "--tcp-established")]
    [InlineData(7, 1, "--shell-job")]
    [InlineData(8, 1, "--file-locks")]
    [InlineData(16, 1, "--auto-dedup")]
    [InlineData(48, 1, "--lazy-pages")]
    [InlineData(34, 3, "--manage-cgroups-mode", "soft")]
    [InlineData(34, 4, "--manage-cgroups-mode", "full")]
    [InlineData(34, 5, "--manage-cgroups-mode", "strict")]
    [InlineData(38, 0x40000000, "--empty-ns", "network")]
    public void Options_reach_criu(int field, long value, params string[] options)
    {
        TestContainer container = runtime.StartSleeping();
        Checkpoint(container, ["--leave-running", .. options]);
        Assert.Equal(value, criu.Number(field));
        Checkpoint(container, "--leave-running");
        Assert.Null(criu.Number(field));
    }

    [CgroupFact]
    public void A_page_server_and_a_work_path_reach_criu()
    {
        TestContainer container = runtime.StartSleeping();
        Checkpoint(container, "--page-server", "192.0.2.1:27", "--work-path", runtime.WorkDirectory + "/work");
        Assert.Equal(["192.0.2.1=27"], criu.Pairs(11));
        Assert.NotNull(criu.Number(17));
        Assert.True(Directory.Exists(runtime.WorkDirectory + "/work"));
    }

    [CgroupFact]
    public void The_status_descriptor_gets_a_zero_byte()
    {
        TestContainer container = runtime.StartSleeping();
        Files.TryPipe(out FdHandle? readEnd, out FdHandle? writeEnd).ThrowIfError("pipe");
        using (readEnd)
        {
            using (writeEnd)
            {
                CommandOptions surroundings = criu.Surroundings with { Descriptors = new Dictionary<int, FdHandle> { [7] = writeEnd! } };
                runtime.Run(surroundings, "checkpoint", "--image-path", images, "--lazy-pages", "--status-fd", "7", container.Id).Succeeds();
            }
            byte[] read = new byte[10];
            Files.TryRead(readEnd!.Fd, read, out int count).ThrowIfError("read", "status");
            Assert.Equal((1, 0), (count, read[0]));
        }
    }

    [CgroupTheory]
    [InlineData("--page-server", "nowhere")]
    [InlineData("--page-server", "host:99999")]
    [InlineData("--status-fd", "77")]
    [InlineData("--empty-ns", "pid")]
    [InlineData("--manage-cgroups-mode", "loose")]
    public void Options_that_cannot_be_are_refused(string option, string value) =>
        runtime.Run(criu.Surroundings, "checkpoint", option, value, runtime.StartSleeping().Id).Fails(option.TrimStart('-'));

    [CgroupFact]
    public void A_failure_of_criu_names_its_cause_and_its_log()
    {
        TestContainer container = runtime.StartSleeping();
        criu.Fail("no such luck");
        runtime.Run(criu.Surroundings, "checkpoint", "--image-path", images, container.Id).Fails($"checkpoint container {container.Id}: criu failed: no such luck; log file: {images}/dump.log");
        Assert.Equal("running", container.Status);
    }

    [RootFact]
    public void A_created_container_cannot_be_saved()
    {
        TestContainer container = runtime.Container(runtime.Bundle("true"));
        container.Create();
        runtime.Run(criu.Surroundings, "checkpoint", "--image-path", images, container.Id).Fails("container not running");
    }

    [CgroupFact]
    public void A_shared_network_namespace_stays_outside_of_the_images()
    {
        TestContainer first = runtime.StartSleeping();
        string path = $"/proc/{first.Pid}/ns/net";
        Files.TryStatus(path, out FileStatus status).ThrowIfError("stat", path);
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Namespace("network", path));
        Checkpoint(container, "--leave-running");
        Assert.Contains($"net[{status.Inode}]:extRootNetNS", criu.Texts(37));
    }

    [CgroupFact]
    public void Streams_that_are_fifos_or_files_of_the_host_stay_outside_and_a_restore_has_its_own()
    {
        string fifo = runtime.WorkDirectory + "/fifo";
        Files.TryMakeNode(fifo, FileStatus.S_IFIFO | 0b110_000_000).ThrowIfError("mkfifo", fifo);
        using FdHandle end = Files.Open(fifo, OpenFlags.O_RDWR);
        Files.TryMountId(end.Fd, out long mount).ThrowIfError("statx", fifo);
        Files.TryStatus(end.Fd, out FileStatus status).ThrowIfError("stat", fifo);
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000"));
        container.TryCreate(new CommandOptions { Descriptors = new Dictionary<int, FdHandle> { [1] = end } }).Succeeds();
        container.Start();

        Checkpoint(container);

        string[] outside = criu.Texts(37);
        Assert.Equal(2, outside.Length);
        Assert.Equal($"file[{mount:x}:{status.Inode:x}]", outside[0]);
        // Standard error of the tests' containers is a file.
        Assert.Matches(@"^file\[[0-9a-f]+:[0-9a-f]+\]$", outside[1]);
        // Standard input is the container's own null device.
        Assert.Equal($"""["/dev/null","{outside[0]}","{outside[1]}"]""", File.ReadAllText(images + "/descriptors.json"));
        container.WaitForEnd();
        KillRestored(container, Restore(container));
        Assert.Equal([outside[0] + "=1", outside[1] + "=2"], criu.Pairs(27));
    }

    [CgroupFact]
    public void Streams_that_are_one_file_have_one_name_and_those_of_the_containers_own_files_none()
    {
        TestContainer container = runtime.Start(runtime.Bundle().Shell("exec < /bin/sh 2>&1; echo ready; exec sleep 1000"));
        container.WaitForOutput("ready");
        Checkpoint(container);
        string name = Assert.Single(criu.Texts(37));
        Assert.EndsWith($""","{name}","{name}"]""", File.ReadAllText(images + "/descriptors.json"), StringComparison.Ordinal);
        container.WaitForEnd();
        KillRestored(container, Restore(container));
        Assert.Equal([name + "=1"], criu.Pairs(27));
    }

    [CgroupFact]
    public void A_restored_container_runs_in_its_cgroup_after_its_hooks()
    {
        string log = runtime.WorkDirectory + "/hooks";
        BundleBuilder bundle = runtime.Bundle("sleep", "1000").Mount("/mnt", "bind", runtime.WorkDirectory, "bind")
            .Hook("prestart", $"echo prestart $(cat | grep -o '\"status\":\"[a-z]*\"') >> {log}").Hook("createRuntime", $"echo createRuntime >> {log}");
        TestContainer container = Saved(bundle);

        int pid = Restore(container);

        Assert.Equal("running", container.Status);
        Assert.Equal(pid, (int)container.State()["pid"]!);
        Assert.Equal("prestart \"status\":\"creating\"\ncreateRuntime\n", File.ReadAllText(log));
        Assert.Equal(["setup-namespaces", "orphan-pts-master", "post-restore"], criu.Notices);
        Assert.Equal(CriuRequestKind.Restore, criu.Kind);
        Assert.Contains("/mnt=" + runtime.WorkDirectory, criu.Pairs(23));
        Assert.Contains("/dev/null=/dev/null", criu.Pairs(23));
        Assert.Equal(1, criu.Number(26));
        Assert.Contains((CgroupTree.IsV1 ? ":memory:" : "0::") + bundle.CgroupsPath, criu.Cgroups);
        // The one tree of v2 has no controller's name.
        Assert.Contains((CgroupTree.IsV1 ? "memory=" : "") + bundle.CgroupsPath, criu.Pairs(25));
        Assert.Contains($" {bundle.Rootfs} {bundle.Rootfs} ", Roots(criu.Mounts, bundle.Rootfs));
        Assert.DoesNotContain(bundle.Rootfs, File.ReadAllText("/proc/self/mountinfo"));
        KillRestored(container, pid);
    }

    [CgroupFact]
    public void A_restore_in_the_foreground_waits_and_passes_signals_on()
    {
        BundleBuilder bundle = runtime.Bundle("sleep", "1000");
        TestContainer container = Saved(bundle);
        ChildProcess restore = runtime.StartCommand(criu.Surroundings, "restore", "--image-path", images, "--bundle", bundle.Directory, container.Id);
        Condition.Await("the container", () => runtime.Run("list", "-q").Stdout.Length > 0 && container.Status == "running");
        restore.Signal(Signals.SIGTERM);
        restore.WaitForEnd().Exits(128 + Signals.SIGTERM);
        runtime.Run("state", container.Id).Fails("does not exist");
    }

    [CgroupFact]
    public void The_terminal_of_a_restored_container_goes_to_its_socket()
    {
        BundleBuilder bundle = runtime.Bundle("sleep", "1000");
        TestContainer container = Saved(bundle);
        bundle.Set("process.terminal", true).Write();
        using ConsoleSocket socket = new(runtime.WorkDirectory);
        runtime.Run(criu.Surroundings, "restore", "--detach", "--console-socket", socket.SocketPath, "--image-path", images, "--bundle", bundle.Directory, "--pid-file", container.PidFile, container.Id).Succeeds();
        using FdHandle master = socket.Receive(out _);
        Assert.Equal(Errno.None, Terminals.TryReadSize(master.Fd, out _, out _));
        KillRestored(container, int.Parse(File.ReadAllText(container.PidFile)));
    }

    [CgroupFact]
    public void A_hook_that_fails_stops_the_restore_and_nothing_is_left()
    {
        BundleBuilder bundle = runtime.Bundle("sleep", "1000").Hook("prestart", "exit 3");
        TestContainer container = Saved(runtime.Bundle("sleep", "1000"));
        bundle.Write();
        runtime.Run(criu.Surroundings, "restore", "--detach", "--image-path", images, "--bundle", bundle.Directory, container.Id).Fails("prestart", "exit status 3");
        runtime.Run("state", container.Id).Fails("does not exist");
        Assert.DoesNotContain(CgroupTree.Hierarchies, h => Directory.Exists(h + bundle.CgroupsPath));
    }

    [CgroupFact]
    public void A_restore_that_criu_refuses_leaves_nothing()
    {
        BundleBuilder bundle = runtime.Bundle("sleep", "1000");
        TestContainer container = Saved(bundle);
        criu.Fail("too old");
        runtime.Run(criu.Surroundings, "restore", "--detach", "--image-path", images, "--bundle", bundle.Directory, container.Id)
            .Fails($"restore container {container.Id}: criu failed: too old; log file: {images}/restore.log");
        runtime.Run("state", container.Id).Fails("does not exist");
    }

    [RootFact]
    public void A_restore_without_images_is_an_error() =>
        runtime.Run(criu.Surroundings, "restore", "--image-path", images, "--bundle", runtime.Bundle("true").Write().Directory, "x").Fails(images);

    private void Checkpoint(TestContainer container, params ReadOnlySpan<string> options) =>
        runtime.Run(criu.Surroundings, ["checkpoint", "--image-path", images, .. options, container.Id]).Succeeds();

    private int Restore(TestContainer container)
    {
        runtime.Run(criu.Surroundings, "restore", "--detach", "--image-path", images, "--bundle", container.Bundle.Directory, "--pid-file", container.PidFile, container.Id).Succeeds();
        return int.Parse(File.ReadAllText(container.PidFile));
    }

    /// <summary>A container that has run and been saved.</summary>
    private TestContainer Saved(BundleBuilder bundle)
    {
        TestContainer container = runtime.Start(bundle);
        Checkpoint(container);
        container.WaitForEnd();
        foreach (string file in Directory.GetFiles(runtime.WorkDirectory + "/criu")) File.Delete(file);
        File.Delete(runtime.WorkDirectory + "/hooks");
        return container;
    }

    /// <summary>Ends a restored process, which became a child of this program, and deletes its container.</summary>
    private static void KillRestored(TestContainer container, int pid)
    {
        container.Kill();
        Processes.TryWait(pid, out WaitStatus status, out _).ThrowIfError("wait for", "restored process");
        Assert.Equal(Signals.SIGKILL, status.Signal);
        container.Delete();
    }

    /// <summary>Mount points at a directory, each between blanks.</summary>
    private static string Roots(string mountinfo, string directory)
    {
        string found = "";
        foreach (string line in mountinfo.Split('\n'))
            if (line.Split(' ') is [_, _, _, _, var point, ..] && point == directory)
                found += $" {directory} {point} ";
        return found;
    }
}
