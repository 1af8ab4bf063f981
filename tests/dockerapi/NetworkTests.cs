using System.Text.Json;

namespace Keelson.DockerApi.Tests;

/// <summary>Networks of containers by docker's own clients, on real packets.</summary>
public sealed class NetworkTests(NetworkedDaemon daemon) : IClassFixture<NetworkedDaemon>
{
    private const string Server = "echo $HOSTNAME-$NAME > /tmp/index.html; exec httpd -f -p 80 -h /tmp";

    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_container_that_names_no_network_is_in_the_network_bridge(string docker)
    {
        string name = daemon.NewName();
        int before = Devices;
        Run(docker, "-d", "--name", name, "busybox", "sleep", "1000").Succeeds();
        string address = Inspect(docker, name, "{{.NetworkSettings.IPAddress}}");
        Assert.Equal($"default {address}/16 172.17.0.1", Inspect(docker, name, "{{.HostConfig.NetworkMode}} {{.NetworkSettings.IPAddress}}/{{.NetworkSettings.IPPrefixLen}} {{(index .NetworkSettings.Networks \"bridge\").Gateway}}"));
        Assert.Contains($" {address}/16 ", Exec(docker, name, "ip", "-o", "address", "show", "eth0"), StringComparison.Ordinal);
        Exec(docker, name, "ping", "-c1", "-W5", "172.17.0.1");
        daemon.OnHost("ping", "-c1", "-W5", address).Succeeds();
        Assert.Contains(name, Inspect(docker, "bridge", "{{range .Containers}}{{.Name}} {{end}}", "network"), StringComparison.Ordinal);
        // Its names are known in networks that somebody made, and not in this one.
        Run(docker, "--rm", "busybox", "ping", "-c1", "-W5", name).Fails("bad address");
        daemon.Docker(docker, "rm", "-f", name).Succeeds();
        Assert.DoesNotContain(address, daemon.OnHost("nft", "list", "ruleset").Stdout, StringComparison.Ordinal);
        Assert.Equal(before, Devices);
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Containers_find_each_other_by_their_names(string docker)
    {
        string net = daemon.NewName(), web = daemon.NewName(), client = daemon.NewName();
        daemon.Docker(docker, "network", "create", "--subnet", "10.77.0.0/24", "--label", "who=" + net, net).Succeeds();
        Run(docker, "-d", "--name", web, "--hostname", "inside", "--network", net, "--network-alias", "www", "--ip", "10.77.0.80", "-e", "NAME=" + web, "busybox", "sh", "-c", Server).Succeeds();
        Run(docker, "-d", "--name", client, "--network", net, "busybox", "sleep", "1000").Succeeds();
        daemon.AwaitServer(docker, web);
        string id = Inspect(docker, web, "{{.Id}}")[..12];
        foreach (string known in (string[])[web, "www", id, "inside", web + "." + net]) Assert.Equal("inside-" + web, Exec(docker, client, "wget", "-qO-", $"http://{known}/"));
        Assert.Contains("127.0.0.11", Exec(docker, client, "cat", "/etc/resolv.conf"), StringComparison.Ordinal);
        Assert.Contains("10.77.0.80\tinside", Exec(docker, web, "cat", "/etc/hosts"), StringComparison.Ordinal);
        daemon.Docker(docker, "rename", web, web + "-new").Succeeds();
        Assert.Equal("inside-" + web, Exec(docker, client, "wget", "-qO-", $"http://{web}-new/"));
        daemon.Docker(docker, "exec", client, "wget", "-qO-", $"http://{web}/").Fails("bad address");
        // A name has the address that the container has now.
        daemon.Docker(docker, "restart", "-t", "0", web + "-new").Succeeds();
        daemon.AwaitServer(docker, web + "-new");
        Assert.Equal("inside-" + web, Exec(docker, client, "wget", "-qO-", "http://www/"));
        daemon.Docker(docker, "network", "rm", net).Fails("has active endpoints");
        daemon.Docker(docker, "rm", "-f", web + "-new", client).Succeeds();
        Assert.Equal(net, daemon.Docker(docker, "network", "ls", "--filter", "label=who=" + net, "--format", "{{.Name}}").Text);
        daemon.Docker(docker, "network", "rm", net).Succeeds();
        Assert.DoesNotContain("br-", daemon.OnHost("ip", "-o", "link").Stdout, StringComparison.Ordinal);
    }

    [ClientFact]
    public void The_command_line_shows_what_the_engine_knows_of_its_networks_and_what_is_missing()
    {
        string keelson = DaemonWithClients.Clients[^1], net = daemon.NewName(), name = daemon.NewName();
        daemon.Docker(keelson, "network", "create", net).Succeeds();
        Run(keelson, "-d", "--name", name, "--network", net, "busybox", "sleep", "1000").Succeeds();
        using (JsonDocument state = JsonDocument.Parse(daemon.Docker(keelson, "network", "diagnose").Succeeds().Stdout))
            Assert.Contains(name, state.RootElement.GetProperty("Containers").EnumerateArray().SelectMany(container => container.GetProperty("Names").EnumerateArray()).Select(known => known.GetProperty("Name").GetString()));
        string bridge = "br-" + Inspect(keelson, net, "{{.Id}}", "network")[..12];
        daemon.OnHost("ip", "link", "set", bridge, "down").Succeeds();
        CommandResult harmed = daemon.Docker(keelson, "network", "diagnose");
        Assert.Equal(1, harmed.ExitCode);
        Assert.Contains($"network {net}: its bridge {bridge} is down", harmed.Stdout, StringComparison.Ordinal);
        daemon.Docker(keelson, "rm", "-f", name).Succeeds();
        daemon.Docker(keelson, "network", "rm", net).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Containers_join_and_leave_networks_while_they_run(string docker)
    {
        string outer = daemon.NewName(), inner = daemon.NewName(), name = daemon.NewName(), other = daemon.NewName();
        daemon.Docker(docker, "network", "create", outer).Succeeds();
        daemon.Docker(docker, "network", "create", "--internal", inner).Succeeds();
        Run(docker, "-d", "--name", name, "--network", outer, "-e", "NAME=x", "busybox", "sh", "-c", Server).Succeeds();
        Run(docker, "-d", "--name", other, "--network", inner, "busybox", "sleep", "1000").Succeeds();
        daemon.Docker(docker, "exec", other, "ping", "-c1", "-W1", name).Fails("bad address");
        daemon.Docker(docker, "network", "connect", "--alias", "late", inner, name).Succeeds();
        daemon.AwaitServer(docker, name);
        Assert.EndsWith("-x", Exec(docker, other, "wget", "-qO-", "http://late/"), StringComparison.Ordinal);
        Assert.Contains("default via", Exec(docker, name, "ip", "route"), StringComparison.Ordinal);
        Assert.DoesNotContain("default via", Exec(docker, other, "ip", "route"), StringComparison.Ordinal);
        daemon.Docker(docker, "network", "connect", inner, name).Fails("already exists in network");
        daemon.Docker(docker, "network", "disconnect", inner, name).Succeeds();
        daemon.Docker(docker, "exec", other, "wget", "-qO-", "http://late/").Fails("bad address");
        daemon.Docker(docker, "network", "disconnect", inner, name).Fails("is not connected to");
        // What it joined while it did not run it has when it runs.
        daemon.Docker(docker, "stop", "-t", "0", name).Succeeds();
        daemon.Docker(docker, "network", "connect", inner, name).Succeeds();
        daemon.Docker(docker, "start", name).Succeeds();
        daemon.AwaitServer(docker, name);
        Assert.EndsWith("-x", Exec(docker, other, "wget", "-qO-", $"http://{name}/"), StringComparison.Ordinal);
        daemon.Docker(docker, "network", "connect", "host", name).Fails("container cannot be connected to network host");
        daemon.Docker(docker, "rm", "-f", name, other).Succeeds();
        Assert.Equal([outer, inner], daemon.Docker(docker, "network", "prune", "-f").Succeeds().Lines.Where(line => line == inner || line == outer).Order(StringComparer.Ordinal));
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Ports_are_published_at_the_host(string docker)
    {
        string name = daemon.NewName(), second = daemon.NewName();
        int before = Devices;
        Run(docker, "-d", "--name", name, "-p", "8080:80", "-p", "127.0.0.1:9000-9001:81-82", "-p", "53", "--expose", "99", "-e", "NAME=p", "busybox", "sh", "-c", Server).Succeeds();
        Assert.EndsWith("-p", Fetch("127.0.0.1:8080"), StringComparison.Ordinal);
        Assert.EndsWith("-p", Fetch("[::1]:8080"), StringComparison.Ordinal);
        Assert.Contains("80/tcp -> 0.0.0.0:8080", daemon.Docker(docker, "port", name).Lines);
        Assert.Equal("127.0.0.1:9001", daemon.Docker(docker, "port", name, "82/tcp").Text);
        Assert.Matches(":3[0-9]{4}", daemon.Docker(docker, "port", name, "53").Lines[0]);
        string listed = daemon.Docker(docker, "ps", "--filter", "name=" + name, "--format", "{{.Ports}}").Text;
        Assert.Contains("0.0.0.0:8080->80/tcp", listed, StringComparison.Ordinal);
        Assert.Contains("99/tcp", listed, StringComparison.Ordinal);
        // A container reaches it by the host's address, and so does the container itself.
        Run(docker, "--rm", "busybox", "wget", "-qO-", "http://172.17.0.1:8080/").Succeeds();
        Exec(docker, name, "wget", "-qO-", "http://172.17.0.1:8080/");
        Run(docker, "-d", "--name", second, "-p", "8080:80", "busybox", "sleep", "1000").Fails("port is already allocated");
        Assert.Equal("created", Inspect(docker, second, "{{.State.Status}}"));
        Assert.Equal(before + 1, Devices);
        daemon.Docker(docker, "rm", "-f", name).Succeeds();
        daemon.Docker(docker, "start", second).Succeeds();
        daemon.Docker(docker, "rm", "-f", second).Succeeds();
        Assert.DoesNotContain("8080", daemon.OnHost("nft", "list", "ruleset").Stdout, StringComparison.Ordinal);
        Assert.Equal("", daemon.OnHost("ss", "-Hltn", "sport", "=", ":8080").Text);
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void What_cannot_be_is_refused(string docker)
    {
        string net = daemon.NewName();
        Run(docker, "--rm", "--network", "absent", "busybox", "true").Fails("network absent not found");
        // docker 20.10 does not even send it.
        if (docker != "/usr/bin/docker") Run(docker, "--rm", "--ip", "172.17.0.9", "busybox", "true").Fails("user defined networks only");
        daemon.Docker(docker, "network", "create", "--subnet", "10.78.0.0/16", net).Succeeds();
        daemon.Docker(docker, "network", "create", "--subnet", "10.78.4.0/24", net + "b").Fails("Pool overlaps");
        daemon.Docker(docker, "network", "create", net).Fails("already exists");
        daemon.Docker(docker, "network", "create", "--driver", "absent", net + "c").Fails("could not find plugin absent");
        daemon.Docker(docker, "network", "rm", "bridge").Fails("is a pre-defined network and cannot be removed");
        daemon.Docker(docker, "network", "rm", "absent").Fails("absent");
        Run(docker, "--rm", "--network", net, "--ip", "10.79.0.1", "busybox", "true").Fails("10.79.0.1");
        daemon.Docker(docker, "network", "rm", net).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Networks_are_shared_linked_and_extended(string docker)
    {
        string first = daemon.NewName();
        Run(docker, "-d", "--name", first, "-e", "NAME=s", "busybox", "sh", "-c", Server).Succeeds();
        daemon.AwaitServer(docker, first);
        Run(docker, "--rm", "--network", "container:" + first, "busybox", "wget", "-qO-", "http://127.0.0.1/").Succeeds();
        Run(docker, "--rm", "--network", "container:" + first, "-p", "1:1", "busybox", "true").Fails("container type network mode");
        Run(docker, "--rm", "--link", first + ":db", "busybox", "wget", "-qO-", "http://db/").Succeeds();
        Assert.Contains("172.17.0.1\tgate", Run(docker, "--rm", "--add-host", "gate:host-gateway", "busybox", "cat", "/etc/hosts").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Equal("lo", Run(docker, "--rm", "--network", "none", "busybox", "ls", "/sys/class/net").Text);
        Assert.Contains("keelson0", Run(docker, "--rm", "--network", "host", "busybox", "ls", "/sys/class/net").Lines);
        // docker's own clients refuse other words than "host".
        if (docker == Repository.PublishedCli) Assert.Contains("eth0", Run(docker, "--rm", "--userns", "remap:100000:65536", "busybox", "ip", "-o", "address").Stdout, StringComparison.Ordinal);
        daemon.Docker(docker, "rm", "-f", first).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void After_a_killed_daemon_networks_go_on(string docker)
    {
        string net = daemon.NewName(), web = daemon.NewName(), gone = daemon.NewName();
        int others = Devices;
        daemon.Docker(docker, "network", "create", net).Succeeds();
        Run(docker, "-d", "--name", web, "--network", net, "-p", "8088:80", "-e", "NAME=k", "busybox", "sh", "-c", Server).Succeeds();
        Run(docker, "-d", "--name", gone, "--network", net, "-p", "8089:80", "busybox", "sleep", "1000").Succeeds();
        string before = Settings(docker, web), pid = Inspect(docker, gone, "{{.State.Pid}}");
        daemon.KillAndRestart(() =>
        {
            Assert.EndsWith("-k", Fetch("127.0.0.1:8088"), StringComparison.Ordinal);
            ChildProcess.Run(["kill", "-9", pid]).Succeeds();
            daemon.OnHost("nft", "flush", "ruleset").Succeeds();
        });
        Assert.Equal(before, Settings(docker, web));
        Assert.EndsWith("-k", Fetch("127.0.0.1:8088"), StringComparison.Ordinal);
        Run(docker, "--rm", "--network", net, "busybox", "wget", "-qO-", $"http://{web}/").Succeeds();
        Condition.Await("the end of the other", () => Inspect(docker, gone, "{{.State.Status}}") == "exited" && Devices == others + 1);
        Assert.DoesNotContain("8089", daemon.OnHost("nft", "list", "ruleset").Stdout, StringComparison.Ordinal);
        daemon.Docker(docker, "rm", "-f", web, gone).Succeeds();
        daemon.Docker(docker, "network", "rm", net).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Ports_of_a_container_that_runs_are_changed(string docker)
    {
        if (docker != Repository.PublishedCli) return;
        string name = daemon.NewName();
        Run(docker, "-d", "--name", name, "-p", "8090:80", "-e", "NAME=c", "busybox", "sh", "-c", Server).Succeeds();
        daemon.Docker(docker, "update", "--publish", "8091:80", name).Succeeds();
        Assert.EndsWith("-c", Fetch("127.0.0.1:8091"), StringComparison.Ordinal);
        daemon.OnHost("/bin/busybox", "wget", "-qO-", "http://127.0.0.1:8090/").Fails("refused");
        string drawn = daemon.Docker(docker, "network", "inspect", "--graph", "--format", "svg", "bridge").Succeeds().Stdout;
        Assert.Equal("svg", System.Xml.Linq.XDocument.Parse(drawn).Root!.Name.LocalName);
        foreach (string part in (string[])[name, "172.17.0.0/16", "8091"]) Assert.Contains(part, drawn, StringComparison.Ordinal);
        daemon.Docker(docker, "restart", "-t", "0", name).Succeeds();
        Assert.EndsWith("-c", Fetch("127.0.0.1:8091"), StringComparison.Ordinal);
        daemon.Docker(docker, "rm", "-f", name).Succeeds();
    }

    /// <summary>How many ends of containers the host has.</summary>
    private int Devices => daemon.OnHost("ip", "-o", "link", "show", "type", "veth").Lines.Length;

    private CommandResult Run(string docker, params IReadOnlyList<string> arguments) => daemon.Docker(docker, ["run", "--cgroup-parent", "/" + TestDirectory.Name, .. arguments]);

    private string Exec(string docker, string name, params IReadOnlyList<string> command) => daemon.Docker(docker, ["exec", name, .. command]).Succeeds().Text;

    private string Inspect(string docker, string name, string template, string type = "container") => daemon.Docker(docker, type, "inspect", "-f", template, name).Succeeds().Text;

    /// <summary>What a container's inspection says of its networks, as text.</summary>
    private string Settings(string docker, string name)
    {
        using JsonDocument document = JsonDocument.Parse(daemon.Docker(docker, "inspect", name).Succeeds().Stdout);
        return document.RootElement[0].GetProperty("NetworkSettings").GetRawText();
    }

    private string Fetch(string address)
    {
        string text = "";
        // The server of the container may not listen yet.
        Condition.Await("an answer at " + address, () => daemon.OnHost("/bin/busybox", "wget", "-qO-", $"http://{address}/") is { ExitCode: 0 } result && (text = result.Text).Length > 0);
        return text;
    }
}
