namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: networks, which a prestart hook of dockerd's puts into the container, and namespaces of others.</summary>
public abstract class DockerNetworkTests(DockerdFixture docker)
{
    private Task<CommandResult> RunAsync(string network, string script) => docker.CliAsync("run", "--rm", "--network", network, BusyboxArchive.Image, "sh", "-c", script);

    [DockerFact]
    public async Task A_bridge_gives_an_address_and_a_route() =>
        (await RunAsync("bridge", "ls /sys/class/net; ip route | head -n 1; ping -c 1 -w 5 172.17.0.1 > /dev/null && echo answered")).Prints("eth0\nlo\ndefault via 172.17.0.1 dev eth0 \nanswered");

    [DockerFact]
    public async Task None_leaves_the_loopback_alone() => (await RunAsync("none", "ls /sys/class/net; ping -c 1 -w 5 127.0.0.1 > /dev/null && echo answered")).Prints("lo\nanswered");

    [DockerFact]
    public async Task Host_is_the_hosts_network()
    {
        string host = (await docker.Host.RunAsync("readlink", "/proc/self/ns/net")).Text;
        (await RunAsync("host", "readlink /proc/self/ns/net")).Prints(host);
    }

    [DockerFact]
    public async Task Containers_reach_each_other_by_name()
    {
        string network = docker.NewName();
        (await docker.CliAsync("network", "create", network)).Succeeds();
        await using (EngineContainer server = await docker.StartShellAsync(["--network", network, "--network-alias", "server"], "while :; do echo served | nc -l -p 80; done"))
            await Eventually.PrintsAsync("served", () => RunAsync(network, "nc -w 5 server 80 < /dev/null"));
        (await docker.CliAsync("network", "rm", network)).Succeeds();
    }

    [DockerFact]
    public async Task A_published_port_reaches_the_container()
    {
        await using EngineContainer server = await docker.StartShellAsync(["--network", "bridge", "--publish", "127.0.0.1:8080:80"], "while :; do echo served | nc -l -p 80; done");
        await Eventually.PrintsAsync("served", () => docker.Host.RunAsync("busybox", "nc", "-w", "5", "127.0.0.1", "8080"));
    }

    [DockerFact]
    public async Task A_running_container_is_connected_to_a_network()
    {
        string network = docker.NewName();
        (await docker.CliAsync("network", "create", network)).Succeeds();
        await using (EngineContainer container = await docker.StartIdleAsync("--network", "bridge"))
        {
            (await docker.CliAsync("network", "connect", network, container.Name)).Succeeds();
            (await container.ExecAsync("ls", "/sys/class/net")).Prints("eth0\neth1\nlo");
        }

        (await docker.CliAsync("network", "rm", network)).Succeeds();
    }

    [DockerFact]
    public async Task Another_containers_namespaces_are_joined()
    {
        await using EngineContainer first = await docker.StartIdleAsync("--ipc", "shareable");
        const string Script = "for kind in net ipc pid; do readlink /proc/self/ns/$kind; done";
        string theirs = (await first.ShellAsync(Script)).Text;
        (await docker.CliAsync("run", "--rm", "--network", $"container:{first.Name}", "--ipc", $"container:{first.Name}", "--pid", $"container:{first.Name}", BusyboxArchive.Image, "sh", "-c", Script))
            .Prints(theirs);
    }

    [DockerFact]
    public async Task The_hosts_namespaces_are_joined()
    {
        const string Script = "for kind in ipc pid uts; do readlink /proc/self/ns/$kind; done";
        string theirs = (await docker.Host.RunAsync("sh", "-c", Script)).Text;
        (await docker.ShellAsync(["--ipc", "host", "--pid", "host", "--uts", "host"], Script)).Prints(theirs);
    }

    [DockerFact]
    public async Task Names_are_set_and_written_into_the_containers_files() =>
        (await docker.CliAsync("run", "--rm", "--hostname", "inside", "--domainname", "example.test", "--add-host", "other:10.1.2.3", "--dns", "10.9.8.7", BusyboxArchive.Image,
            "sh", "-c", "hostname; cat /proc/sys/kernel/domainname; grep -c 10.1.2.3 /etc/hosts; cat /etc/resolv.conf; cat /etc/hostname")).Prints("inside\nexample.test\n1\nnameserver 10.9.8.7\ninside");
}
