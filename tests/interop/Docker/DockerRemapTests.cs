namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10 with <c>--userns-remap</c>: containers in user namespaces.</summary>
public class DockerRemapTests(RemappingDockerdFixture docker) : IClassFixture<RemappingDockerdFixture>
{
    [DockerFact]
    public async Task Root_inside_is_a_subordinate_user_outside() =>
        (await docker.ShellAsync([], "id -u; cat /proc/self/uid_map /proc/self/gid_map | tr -s ' '")).Prints("0\n 0 300000 65536\n 0 300000 65536");

    [DockerFact]
    public async Task Files_written_to_a_volume_belong_to_the_subordinate_user()
    {
        (await docker.Host.RunAsync("mkdir", "-m", "777", "/run/data")).Succeeds();
        (await docker.ShellAsync(["--volume", "/run/data:/data"], "touch /data/roots; stat -c %u /data/roots; chown 1000 /data")).Fails("Operation not permitted").Wrote("0");
        (await docker.Host.RunAsync("stat", "-c", "%u:%g", "/run/data/roots")).Prints("300000:300000");
    }

    [DockerFact]
    public async Task A_remapped_user_has_the_default_devices_and_mounts() =>
        (await docker.ShellAsync([], "echo x > /dev/null && head -c 1 /dev/urandom | wc -c; touch /dev/shm/x /tmp/x; cat /sys/fs/cgroup/pids/pids.max > /dev/null && echo read; wc -c < /proc/keys")).Prints("1\nread\n0");

    [DockerFact]
    public async Task A_remapped_container_has_limits_capabilities_and_a_network()
    {
        (await docker.ShellAsync(["--memory", "32m"], "cat /sys/fs/cgroup/memory/memory.limit_in_bytes; grep ^CapEff: /proc/self/status")).Prints("33554432\nCapEff:\t00000000a80425fb");
        (await docker.CliAsync("run", "--rm", BusyboxArchive.Image, "ping", "-c", "1", "-w", "5", "-q", "172.17.0.1")).Succeeds();
    }

    [DockerFact]
    public async Task Exec_joins_the_user_namespace()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        (await container.ShellAsync("id -u; tr -s ' ' < /proc/self/uid_map; readlink /proc/self/ns/user > /tmp/a; readlink /proc/1/ns/user > /tmp/b; cmp /tmp/a /tmp/b")).Prints("0\n 0 300000 65536");
        (await docker.CliAsync("exec", "--user", "app", container.Name, "id", "-u")).Prints("1000");
    }

    [DockerFact]
    public async Task A_terminal_works_in_a_user_namespace()
    {
        await using Terminal terminal = docker.RunOnTerminal(["sh", "-c", "stat -c %u $(tty); exit 6"]);
        await terminal.ExpectAsync("0");
        Assert.Equal(6, await terminal.EndAsync());
    }

    [DockerFact]
    public async Task A_container_opts_out_with_the_hosts_user_namespace()
    {
        string host = (await docker.Host.RunAsync("readlink", "/proc/self/ns/user")).Text;
        (await docker.RunAsync(["--userns", "host"], "readlink", "/proc/self/ns/user")).Prints(host);
    }
}
