namespace Keelson.Interop.Tests;

/// <summary>podman 4.3 run by root: the common tests, cgroups, networks and user namespaces.</summary>
[Collection<RootPodmanCollection>]
public class RootPodmanTests(RootPodmanFixture podman) : PodmanTests(podman)
{
    private const string Memory = "/sys/fs/cgroup/memory/memory.limit_in_bytes", Pids = "/sys/fs/cgroup/pids/pids.max", Quota = "/sys/fs/cgroup/cpu/cpu.cfs_quota_us";

    [PodmanFact]
    public async Task Pause_freezes_and_unpause_thaws()
    {
        await using EngineContainer container = await Podman.StartIdleAsync();
        await container.DoAsync("pause");
        Assert.Equal("paused", await container.InspectAsync("{{.State.Status}}"));
        (await container.ExecAsync("true")).Fails("running containers");
        await container.DoAsync("unpause");
        Assert.Equal("running", await container.InspectAsync("{{.State.Status}}"));
        (await container.ExecAsync("echo", "thawed")).Prints("thawed");
    }

    [PodmanFact]
    public async Task Limits_are_set() =>
        (await Podman.RunAsync(["--memory", "32m", "--cpus", "0.5", "--pids-limit", "20"], "cat", Memory, Quota, Pids)).Prints("33554432\n50000\n20");

    [PodmanFact]
    public async Task Update_changes_the_limits_of_a_running_container()
    {
        await using EngineContainer container = await Podman.StartIdleAsync("--memory", "64m");
        await container.DoAsync("update", "--memory", "48m", "--cpus", "0.25");
        (await container.ExecAsync("cat", Memory, Quota)).Prints("50331648\n25000");
    }

    [PodmanFact]
    public async Task A_command_that_takes_too_much_memory_is_killed() =>
        (await Podman.ShellAsync(["--memory", "16m"], "tail /dev/zero; echo ended with $?")).Prints("ended with 137");

    [PodmanFact]
    public async Task Stats_show_the_processes()
    {
        await using EngineContainer container = await Podman.StartShellAsync(["--memory", "32m"], "sleep 1000 & sleep 1000 & wait");
        await Eventually.PrintsAsync("3", () => Podman.CliAsync("stats", "--no-stream", "--format", "{{.PIDs}}", container.Name));
    }

    [PodmanFact]
    public async Task A_bridge_gives_an_address()
    {
        await using EngineContainer container = await Podman.StartIdleAsync("--network", "podman");
        (await container.ShellAsync("ls /sys/class/net; ping -c 1 -w 5 -q 10.88.0.1 > /dev/null && echo answered")).Prints("eth0\nlo\nanswered");
    }

    [PodmanFact]
    public async Task Host_is_the_hosts_network()
    {
        string host = (await Podman.Host.RunAsync("readlink", "/proc/self/ns/net")).Text;
        (await Podman.RunAsync(["--network", "host"], "readlink", "/proc/self/ns/net")).Prints(host);
    }

    [PodmanFact]
    public async Task A_user_namespace_is_chosen_automatically() =>
        (await Podman.ShellAsync(["--userns", "auto:size=4096"], "id -u; tr -s ' ' < /proc/self/uid_map | cut -d' ' -f2,4; touch /file && stat -c %u /file")).Prints("0\n0 4096\n0");

    [PodmanFact]
    public async Task Mappings_of_ones_own_are_used()
    {
        await using EngineContainer container = await Podman.StartIdleAsync("--uidmap", "0:500000:5000", "--gidmap", "0:600000:6000");
        (await container.ShellAsync("tr -s ' ' < /proc/self/uid_map; tr -s ' ' < /proc/self/gid_map")).Prints(" 0 500000 5000\n 0 600000 6000");
        (await Podman.Host.RunAsync("stat", "-c", "%u %g", $"/proc/{await container.InspectAsync("{{.State.Pid}}")}")).Prints("500000 600000");
    }

    [PodmanFact]
    public async Task A_device_is_added_and_others_are_refused()
    {
        (await Podman.ShellAsync(["--device", "/dev/fuse"], "exec 3<> /dev/fuse && echo opened")).Prints("opened");
        (await Podman.ShellAsync(["--cap-add", "MKNOD"], "mknod /tmp/fuse c 10 229 && exec 3<> /tmp/fuse")).Fails("Operation not permitted");
    }

    [PodmanFact]
    public async Task A_privileged_container_has_the_hosts_devices_and_capabilities()
    {
        (await Podman.ShellAsync(["--privileged"], "sed -n 's/^CapEff:\t//p' /proc/self/status; mount -t tmpfs none /tmp && echo mounted; test -e /dev/loop0 && exec 3< /dev/loop0 && echo opened"))
            .Prints($"{await Podman.AllCapabilitiesAsync(40)}\nmounted\nopened");
    }

    [PodmanFact]
    public async Task Sysctls_of_the_namespaces_are_set() =>
        (await Podman.ShellAsync(["--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "kernel.msgmax=4096"], "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax")).Prints("1\n4096");

    [PodmanFact]
    public async Task A_cgroup_parent_is_used_and_cleaned_up()
    {
        await using (EngineContainer container = await Podman.StartIdleAsync("--cgroup-parent", "/parent", "--pids-limit", "33"))
            (await Podman.Host.RunAsync("sh", "-c", $"cat /sys/fs/cgroup/pids/parent/libpod-{await container.InspectAsync("{{.Id}}")}/pids.max")).Prints("33");
        (await Podman.Host.RunAsync("sh", "-c", "ls -d /sys/fs/cgroup/*/parent/libpod-* 2> /dev/null | grep -v conmon")).Wrote("");
    }

    [PodmanFact]
    public async Task A_root_directory_is_run_without_an_image()
    {
        (await Podman.Host.RunAsync("sh", "-ec", "mkdir -p /run/rootfs/bin /run/rootfs/etc; cp /bin/busybox /run/rootfs/bin/busybox")).Succeeds();
        (await Podman.CliAsync("run", "--rm", "--network", "none", "--rootfs", "/run/rootfs", "/bin/busybox", "ls", "/")).Prints("bin\ndev\netc\nproc\nrun\nsys");
    }
}
