namespace Keelson.Interop.Tests;

/// <summary>containerd 1.6: <c>ctr run</c> in the foreground.</summary>
[Collection<ContainerdCollection>]
public class ContainerdRunTests(ContainerdFixture containerd)
{
    private Task<CommandResult> ShellAsync(string[] options, string script) => containerd.RunAsync(options, ContainerdFixture.Script(script));

    [ContainerdFact]
    public async Task Run_prints_what_the_command_prints()
    {
        CommandResult run = await ShellAsync([], "echo out; echo err >&2");
        run.Prints("out");
        Assert.Equal("err\n", run.Stderr);
    }

    [ContainerdFact]
    public async Task Run_returns_the_commands_status() => (await ShellAsync([], "exit 42")).Exits(42);

    [ContainerdFact]
    public async Task Run_reads_standard_input() =>
        (await containerd.Host.RunAsync(new HostCommand(ContainerdFixture.RunCommand(["--rm"], containerd.NewName(), "head", "-n", "2")) { Input = "one\ntwo\n" })).Prints("one\ntwo");

    [ContainerdFact]
    public async Task Run_without_output_returns_the_status() => (await ShellAsync(["--null-io"], "echo unheard; exit 3")).Exits(3).Wrote("");

    [ContainerdFact]
    public async Task A_command_that_is_not_there_is_reported()
    {
        CommandResult run = await containerd.RunAsync([], "nowhere");
        run.Fails("executable file not found in $PATH");
    }

    [ContainerdFact]
    public async Task A_runtime_that_is_not_there_is_reported() => (await containerd.RunAsync(["--runc-binary", "/nowhere"], "true")).Fails("/nowhere");

    [ContainerdFact]
    public async Task Environment_and_working_directory_are_set() => (await ShellAsync(["--env", "A=b c", "--cwd", "/etc"], "echo $A; pwd")).Prints("b c\n/etc");

    [ContainerdFact]
    public async Task A_read_only_root_refuses_writes() => (await ShellAsync(["--read-only"], "touch /file")).Fails("Read-only file system");

    [ContainerdFact]
    public async Task A_mount_is_added()
    {
        await containerd.Host.WriteAsync("/run/mounted/file", "host\n");
        (await ShellAsync(["--mount", "type=bind,src=/run/mounted,dst=/data,options=rbind:ro"], "cat /data/file; touch /data/new")).Fails("Read-only file system").Wrote("host");
    }

    [ContainerdFact]
    public async Task Without_pivot_root_the_root_is_changed_all_the_same() => (await ShellAsync(["--no-pivot"], "ls /etc/plain; ls /run | wc -l")).Prints("/etc/plain\n0");

    [ContainerdFact]
    public async Task Limits_are_set() => (await ShellAsync(
            ["--memory-limit", "33554432", "--cpus", "0.5", "--cpu-shares", "512", "--cgroup", "/limited", "--mount", "type=bind,src=/sys/fs/cgroup,dst=/cgroup,options=rbind:ro"],
            "cat /cgroup/memory/limited/memory.limit_in_bytes /cgroup/cpu/limited/cpu.cfs_quota_us /cgroup/cpu/limited/cpu.shares; cut -d: -f3 /proc/self/cgroup | sort -u"))
        .Prints("33554432\n50000\n512\n/limited");

    [ContainerdFact]
    public async Task Without_a_cgroup_path_the_container_still_runs() => (await ShellAsync(["--cgroup", ""], "echo ran")).Prints("ran");

    [ContainerdFact]
    public async Task Capabilities_are_added_and_dropped() => (await ShellAsync(["--cap-drop", "CAP_CHOWN", "--cap-add", "CAP_SYS_TIME"], "grep ^CapEff: /proc/self/status")).Prints("CapEff:\t00000000aa0425fa");

    [ContainerdFact]
    public async Task No_new_privileges_is_the_default() =>
        (await ShellAsync([], "grep ^NoNewPrivs: /proc/self/status")).Prints("NoNewPrivs:\t1");

    [ContainerdFact]
    public async Task The_default_seccomp_profile_is_loaded() => (await ShellAsync(["--seccomp"], "grep ^Seccomp: /proc/self/status; unshare -U true")).Fails("unshare").Wrote("Seccomp:\t2");

    [ContainerdFact]
    public async Task A_device_is_added() => (await ShellAsync(["--device", "/dev/fuse"], "exec 3<> /dev/fuse && echo opened")).Prints("opened");

    [ContainerdFact]
    [Reference("runc", Reasons.AllCapabilities)]
    public async Task A_privileged_container_mounts() => (await ShellAsync(["--privileged"], "mount -t tmpfs none /tmp && echo mounted")).Prints("mounted");

    [ContainerdFact]
    public async Task The_hosts_network_is_joined()
    {
        string host = (await containerd.Host.RunAsync("readlink", "/proc/self/ns/net")).Text;
        (await ShellAsync(["--net-host"], "readlink /proc/self/ns/net")).Prints(host);
    }

    [ContainerdFact]
    public async Task A_namespace_is_joined_by_its_path()
    {
        (await containerd.Host.RunAsync("ip", "netns", "add", "given")).Succeeds();
        (await containerd.Host.RunAsync("ip", "-n", "given", "link", "add", "marked", "type", "bridge")).Succeeds();
        (await ShellAsync(["--with-ns", "network:/run/netns/given"], "ls /sys/class/net")).Prints("lo\nmarked");
    }

    [ContainerdFact]
    public async Task A_user_namespace_maps_root() =>
        (await ShellAsync(["--uidmap", "0:300000:65536", "--gidmap", "0:300000:65536"], "id -u; tr -s ' ' < /proc/self/uid_map")).Prints("0\n 0 300000 65536");

    [ContainerdFact]
    public async Task Forty_containers_in_a_row_leave_nothing_behind()
    {
        for (int number = 0; number < 40; number++) (await ShellAsync(["--cgroup", $"/row/{number}"], $"echo {number}")).Prints($"{number}");
        (await containerd.Host.RunAsync("sh", "-c", "find /sys/fs/cgroup/*/row -mindepth 1 -type d | wc -l; ls /run/containerd-state/io.containerd.runtime.v2.task/default | grep -c row")).Wrote("0\n0");
    }
}
