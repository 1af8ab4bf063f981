using Keelson.Linux.Sys;

namespace Keelson.Conformance;

/// <summary>The runtime run by an ordinary user, 1000. Rows R8 and R9.</summary>
public sealed class RootlessTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new(rootless: true);

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void A_container_runs_as_root_of_its_own_user_namespace()
    {
        ProbeReport report = new(runtime.RunBundle(Rootless("probe")).Succeeds().Stdout);
        Assert.Equal("0 0 0", report["uid"]);
        Assert.Equal("0 0 0", report["gid"]);
    }

    [RootFact]
    public void Create_start_state_exec_kill_and_delete_work()
    {
        TestContainer container = runtime.Start(Rootless("sleep", "1000"));
        Assert.Equal("running", container.Status);
        Assert.Equal(["Uid:", "1000", "1000", "1000", "1000"], File.ReadAllLines($"/proc/{container.Pid}/status").Single(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t'));
        Assert.Equal("in\n", container.Exec("echo", "in").Succeeds().Stdout);
        Assert.Contains(container.Id, runtime.Run("list", "-q").Succeeds().Lines);
        container.KillAndDelete();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void The_state_of_root_and_of_the_user_are_apart()
    {
        // No --root: the user's default lies in XDG_RUNTIME_DIR.
        TestContainer container = runtime.Container(Rootless("sleep", "1000"));
        CommandOptions options = new()
        {
            Environment = new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = runtime.WorkDirectory + "/xdg", ["HOME"] = runtime.WorkDirectory },
            Prefix = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "--"],
        };
        string pidFile = container.PidFile;
        ChildProcess.Run([RuntimeUnderTest.Program, "run", "--detach", "--pid-file", pidFile, "--bundle", container.Bundle.Directory, container.Id], options).Succeeds();
        runtime.Adopt(int.Parse(File.ReadAllText(pidFile)));
        Assert.Single(Directory.EnumerateDirectories(runtime.WorkDirectory + "/xdg"));
        Assert.Contains(container.Id, ChildProcess.Run([RuntimeUnderTest.Program, "list", "-q"], options).Succeeds().Lines);
        ChildProcess.Run([RuntimeUnderTest.Program, "delete", "--force", container.Id], options).Succeeds();
    }

    [RootFact]
    public void The_configuration_that_spec_writes_for_rootless_runs()
    {
        BundleBuilder bundle = runtime.Bundle();
        runtime.Run("spec", "--rootless", "--bundle", bundle.Directory).Succeeds();
        System.Text.Json.Nodes.JsonNode config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(bundle.Directory + "/config.json"))!;
        config["process"]!["terminal"] = false;
        config["process"]!["args"] = new System.Text.Json.Nodes.JsonArray("echo", "rootless");
        config["root"]!["path"] = BusyboxRootfs.Shared;
        File.WriteAllText(bundle.Directory + "/config.json", config.ToJsonString());
        Assert.Equal("rootless\n", runtime.Run("run", "--bundle", bundle.Directory, runtime.NewId()).Succeeds().Stdout);
    }

    [RootFact]
    public void A_mount_of_the_host_is_read_only_though_its_access_times_are_locked()
    {
        using HostMount source = new(runtime.WorkDirectory + "/exact", "strictatime");
        BundleBuilder bundle = Rootless("sh", "-c", "grep -o ' /mnt ro,[a-z,]*' /proc/self/mountinfo; touch /mnt/x 2> /dev/null || echo refused").Mount("/mnt", "bind", source.Target, "rbind", "relatime", "nosuid", "ro");
        string[] lines = runtime.RunBundle(bundle).Succeeds().Lines;
        Assert.Contains("nosuid", lines[0]);
        Assert.Equal("refused", lines[1]);
    }

    [RootFact]
    public void The_default_devices_work()
    {
        BundleBuilder bundle = Rootless("sh", "-c", "echo x > /dev/null && head -c 4 /dev/zero | wc -c && head -c 3 /dev/urandom | wc -c");
        Assert.Equal("4\n3\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void A_terminal_works()
    {
        using ConsoleSocket console = new(runtime.WorkDirectory);
        Files.TryChangeOwner(console.SocketPath, 1000, 1000);
        TestContainer container = runtime.Container(Rootless("tty").Set("process.terminal", true));
        container.Create("--console-socket", console.SocketPath);
        using PseudoTerminal terminal = console.ReceiveTerminal();
        container.Start();
        Assert.Matches("^/dev/(pts/0|console)\r\n$", terminal.ReadToEnd());
    }

    [RootFact]
    public void A_bind_mount_of_the_user_s_own_directory_works()
    {
        string source = Directory.CreateDirectory(runtime.WorkDirectory + "/mine").FullName;
        Files.TryChangeOwner(source, 1000, 1000);
        runtime.RunBundle(Rootless("touch", "/mnt/made").Mount("/mnt", "bind", source, "bind", "nosuid")).Succeeds();
        Assert.Equal(Linux.Errno.None, Files.TryStatus(source + "/made", out FileStatus status));
        Assert.Equal(1000u, status.Uid);
    }

    [RootFact]
    [Reference("runc", "1.1.5 tries to clear them; 1.2 keeps them, crun passes")]
    public void A_read_only_bind_mount_keeps_the_flags_that_the_user_may_not_clear()
    {
        using HostMount source = new(runtime.WorkDirectory + "/locked", "nosuid,nodev,noexec");
        IReadOnlyList<MountEntry> mounts = MountEntry.Parse(runtime.RunBundle(Rootless("cat", "/proc/self/mountinfo").Mount("/mnt", "bind", source.Target, "rbind", "ro")).Succeeds().Stdout);
        MountEntry.At(mounts, "/mnt").MustHave("ro,nosuid,nodev,noexec");
    }

    [RootFact]
    public void A_cgroup_mount_cannot_be_written()
    {
        BundleBuilder bundle = Rootless("sh", "-c", "for d in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $d/escape 2> /dev/null && echo $d; done; true").Namespace("cgroup");
        Assert.Equal("", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void Limits_that_the_user_may_not_set_are_passed_over_or_refused_with_a_reason()
    {
        BundleBuilder bundle = Rootless("true").Set("linux.cgroupsPath", runtime.Cgroup + "/limited").SetJson("linux.resources", """{"memory": {"limit": 33554432}}""");
        runtime.RunBundle(bundle).Fails("cgroup");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void Without_a_user_namespace_it_is_refused()
    {
        runtime.RunBundle(Rootless("true").WithoutNamespace("user").Set("linux.uidMappings", null).Set("linux.gidMappings", null)).Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void Ranges_of_subordinate_ids_are_mapped_by_newuidmap_and_newgidmap()
    {
        BundleBuilder bundle = Rootless("sh", "-c", "cat /proc/self/uid_map /proc/self/gid_map; exec probe")
            .SetJson("linux.uidMappings", """[{"containerID": 0, "hostID": 1000, "size": 1}, {"containerID": 1, "hostID": 700000, "size": 65536}]""")
            .SetJson("linux.gidMappings", """[{"containerID": 0, "hostID": 1000, "size": 1}, {"containerID": 1, "hostID": 800000, "size": 65536}]""")
            .SetJson("process.user", """{"uid": 33, "gid": 44}""").Write();
        CommandResult result = runtime.Run(WithSubordinateIds(), "run", "--bundle", bundle.Directory, runtime.NewId()).Succeeds();
        string[][] lines = [.. result.Lines[..4].Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal([["0", "1000", "1"], ["1", "700000", "65536"], ["0", "1000", "1"], ["1", "800000", "65536"]], lines);
        ProbeReport report = new(result.Stdout);
        Assert.Equal(("33 33 33", "44 44 44"), (report["uid"], report["gid"]));
    }

    [RootFact]
    [Reference("runc", "1.1.5 refuses additional groups in a rootless container, mapped or not; crun passes")]
    public void Additional_groups_that_are_mapped_are_set()
    {
        BundleBuilder bundle = Rootless("probe")
            .SetJson("linux.gidMappings", """[{"containerID": 0, "hostID": 1000, "size": 1}, {"containerID": 1, "hostID": 800000, "size": 65536}]""")
            .SetJson("process.user", """{"uid": 0, "gid": 0, "additionalGids": [55]}""").Write();
        Assert.Equal("55", new ProbeReport(runtime.Run(WithSubordinateIds(), "run", "--bundle", bundle.Directory, runtime.NewId()).Succeeds().Stdout)["groups"].Trim());
    }

    [RootFact]
    public void Ranges_that_are_not_the_user_s_are_refused()
    {
        BundleBuilder bundle = Rootless("true").SetJson("linux.uidMappings", """[{"containerID": 0, "hostID": 1000, "size": 1}, {"containerID": 1, "hostID": 5, "size": 10}]""").Write();
        runtime.Run(WithSubordinateIds(), "run", "--bundle", bundle.Directory, runtime.NewId()).Fails("uidmap");
        Assert.Empty(runtime.FindLeaks());
    }

    // A mount namespace in which user 1000 is known and owns ranges of IDs; the host's files stay as they are.
    private CommandOptions WithSubordinateIds()
    {
        File.WriteAllText(runtime.WorkDirectory + "/passwd", "root:x:0:0::/root:/bin/sh\nkeelson:x:1000:1000::/:/bin/sh\n");
        File.WriteAllText(runtime.WorkDirectory + "/subuid", "keelson:700000:65536\n");
        File.WriteAllText(runtime.WorkDirectory + "/subgid", "keelson:800000:65536\n");
        string script = string.Concat(new[] { "passwd", "subuid", "subgid" }.Select(n => $"mount --bind {runtime.WorkDirectory}/{n} /etc/{n} && ")) + "exec \"$@\"";
        return new CommandOptions { Prefix = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"] };
    }

    private BundleBuilder Rootless(params string[] arguments) => runtime.Bundle(arguments).ForUser();
}
