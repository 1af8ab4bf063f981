namespace Keelson.Interop.Tests;

/// <summary>podman 4.3 run by an ordinary user: the common tests, and what the user namespace changes.</summary>
[Collection<RootlessPodmanCollection>]
public class RootlessPodmanTests(RootlessPodmanFixture podman) : PodmanTests(podman)
{
    [PodmanFact]
    public async Task Root_inside_is_the_user_outside()
    {
        await using EngineContainer container = await Podman.StartIdleAsync();
        (await container.ShellAsync("id -u; tr -s ' ' < /proc/self/uid_map")).Prints("0\n 0 2000 1\n 1 300000 65536");
        (await Podman.Host.RunAsync("stat", "-c", "%u", $"/proc/{await container.InspectAsync("{{.State.Pid}}")}")).Prints("2000");
    }

    [PodmanFact]
    public async Task The_users_id_is_kept() =>
        (await Podman.ShellAsync(["--userns", "keep-id"], "id -u; id -g; touch /tmp/file && stat -c %u /tmp/file")).Prints("2000\n2000\n2000");

    [PodmanFact]
    public async Task Files_written_to_a_bind_mount_belong_to_the_user()
    {
        (await Podman.Host.RunAsync("install", "-d", "-o", "2000", "-g", "2000", "/run/user/2000/data")).Succeeds();
        (await Podman.ShellAsync(["--volume", "/run/user/2000/data:/data"], "touch /data/root; touch /data/app; chown app:app /data/app")).Succeeds();
        (await Podman.Host.RunAsync("stat", "-c", "%u:%g", "/run/user/2000/data/root", "/run/user/2000/data/app")).Prints("2000:2000\n300999:300999");
    }

    [PodmanFact]
    public async Task A_network_of_the_users_own_gives_an_address() =>
        (await Podman.ShellAsync(["--network", "slirp4netns"], "ip -o -4 addr show tap0 | tr -s ' ' | cut -d' ' -f4")).Prints("10.0.2.100/24");

    [PodmanFact]
    public async Task The_hosts_network_is_joined()
    {
        string host = (await Podman.Host.RunAsync("readlink", "/proc/self/ns/net")).Text;
        (await Podman.ShellAsync(["--network", "host"], "readlink /proc/self/ns/net; ls /sys | head -n 1")).Prints($"{host}\nblock");
    }

    [PodmanFact]
    public async Task A_privileged_container_is_privileged_in_its_namespace_alone()
    {
        (await Podman.ShellAsync(["--privileged"], "mount -t tmpfs none /tmp && echo mounted")).Prints("mounted");
        (await Podman.ShellAsync(["--privileged"], "echo 1 > /proc/sys/kernel/printk")).Fails("");
    }

    [PodmanFact]
    public async Task The_cgroup_mounts_cannot_be_written() =>
        (await Podman.ShellAsync([], "mkdir /sys/fs/cgroup/pids/x")).Fails("");

    [PodmanFact]
    public async Task A_container_outlives_the_command_that_started_it_and_is_found_again()
    {
        await using EngineContainer container = await Podman.StartIdleAsync();
        Assert.Equal("running", await container.InspectAsync("{{.State.Status}}"));
        await container.DoAsync("kill");
        Assert.Equal("137", await container.WaitAsync());
    }
}
