using System.Net;
using Keelson.Network.Bridge;
using Keelson.Network.Control;
using Keelson.Network.Ports;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Tests;

/// <summary>Networks and containers of an engine on a host of the test's own, over kills and restarts.</summary>
public sealed class ControllerTests : IAsyncLifetime
{
    private readonly string folder = TestDirectory.Make("controller");
    private readonly List<string> troubles = [];
    private readonly HashSet<string> running = [];
    private Place? host;
    private BridgeDriver? driver;
    private NetworkController? controller;

    public async ValueTask InitializeAsync()
    {
        if (Needs.Missing(Need.Root) is { } reason) Assert.Skip(reason);
        host = new(folder + "/host");
        host.Ip("link set lo up");
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (controller is not null)
        {
            foreach (string container in running) await controller.CloseAsync(container);
            await controller.DisposeAsync();
        }
        driver?.Dispose();
        host?.Dispose();
        TestDirectory.Remove(folder);
    }

    [RootFact]
    public async Task Networks_are_made_found_and_removed_and_outlive_the_engine()
    {
        NetworkRecord made = await controller!.CreateAsync(Wish("front") with { HasIpv6 = true, Ipam = [new() { Subnet = IPNetwork.Parse("fd00:77::/64") }], Labels = new Dictionary<string, string> { ["a"] = "b" } });
        Assert.Equal(("172.17.0.0/16", "172.17.0.1", "fd00:77::/64", "fd00:77::1"), (made.Ipam[0].Subnet.ToString(), made.Ipam[0].Gateway!.ToString(), made.Ipam[1].Subnet.ToString(), made.Ipam[1].Gateway!.ToString()));
        Assert.Contains("172.17.0.1/16", host!.Ip($"address show br-{made.Id[..12]}"), StringComparison.Ordinal);
        NetworkRecord second = await controller.CreateAsync(Wish("back"));
        Assert.Equal("172.18.0.0/16", second.Ipam[0].Subnet.ToString());
        Assert.Equal(made, controller.Find("front"));
        Assert.Equal(made, controller.Find(made.Id[..20]));
        Assert.Equal(["back", "front", "host", "none"], controller.List().Select(network => network.Name));
        string rules = host.Nft("list", "ruleset");
        await RestartAsync();
        Assert.Equal(["back", "front", "host", "none"], controller!.List().Select(network => network.Name));
        Assert.Equal("b", controller.Find("front").Labels["a"]);
        Assert.Equal((made.Ipam[1].Subnet, made.Ipam[1].Gateway), (controller.Find("front").Ipam[1].Subnet, controller.Find("front").Ipam[1].Gateway));
        Assert.Equal(rules.Length, host.Nft("list", "ruleset").Length);
        await controller.RemoveAsync("front");
        await controller.RemoveAsync(second.Id);
        Assert.DoesNotContain("br-", host.Ip("link"), StringComparison.Ordinal);
        Assert.DoesNotContain("br-", host.Nft("list", "ruleset"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task What_cannot_be_is_refused_and_leaves_nothing()
    {
        await controller!.CreateAsync(Wish("a") with { Ipam = [Subnet("10.1.0.0/16")] });
        string before = host!.Nft("list", "ruleset"), links = host.Ip("-br link");
        await RefusesAsync(Wish("a"), ErrorKind.AlreadyExists, "network with name a already exists");
        await RefusesAsync(Wish("-a"), ErrorKind.InvalidArgument, "invalid network name");
        await RefusesAsync(Wish("b") with { Ipam = [Subnet("10.1.4.0/24")] }, ErrorKind.FailedPrecondition, "Pool overlaps with other one on this address space");
        await RefusesAsync(Wish("b") with { Driver = "absent" }, ErrorKind.NotFound, "could not find plugin absent");
        await RefusesAsync(Wish("b") with { Options = new Dictionary<string, string> { ["com.docker.network.driver.mtu"] = "x" } }, ErrorKind.InvalidArgument, "com.docker.network.driver.mtu=x");
        await RefusesAsync(Wish("b") with { Options = new Dictionary<string, string> { ["com.docker.network.bridge.name"] = "lo" } }, ErrorKind.AlreadyExists, "no bridge");
        Assert.Equal(ErrorKind.PermissionDenied, (await Assert.ThrowsAsync<KeelsonException>(() => controller.RemoveAsync("host"))).Kind);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => controller.RemoveAsync("absent"))).Kind);
        Assert.Equal((before, links), (host.Nft("list", "ruleset"), host.Ip("-br link")));
        Assert.Equal(3, Directory.GetFiles(folder + "/state/networks").Length);
        // What was refused took no addresses.
        Assert.Equal("10.2.0.0/16", (await controller.CreateAsync(Wish("b") with { Ipam = [Subnet("10.2.0.0/16")] })).Ipam[0].Subnet.ToString());
    }

    [RootFact]
    public async Task A_bridge_that_the_operator_made_stays_the_operators()
    {
        host!.Ip("link add own0 type bridge");
        await controller!.CreateAsync(Wish("a") with { Options = new Dictionary<string, string> { ["com.docker.network.bridge.name"] = "own0" } });
        await OpenAsync("web", ["a"]);
        Assert.Equal(0, In("web", "ping", "-c1", "-W5", "172.17.0.1").ExitCode);
        await controller.CloseAsync("web");
        running.Remove("web");
        await controller.RemoveAsync("a");
        Assert.Contains("own0", host.Ip("link"), StringComparison.Ordinal);
        Assert.DoesNotContain("own0", host.Nft("list", "ruleset"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Containers_know_each_other_by_name_in_the_networks_they_share()
    {
        await controller!.CreateAsync(Wish("front"));
        await controller.CreateAsync(Wish("back") with { IsInternal = true });
        await OpenAsync("web", ["front", "back"], ["www"]);
        await OpenAsync("db", ["back"]);
        await OpenAsync("other", ["front"]);
        Assert.Equal("172.18.0.3", Dig("web", "db"));
        Assert.Equal("172.18.0.2", Dig("db", "web"));
        Assert.Equal("172.17.0.2", Dig("other", "www"));
        Assert.Equal("172.17.0.2", Dig("other", "web.front"));
        Assert.Equal("", Dig("other", "db"));
        Assert.Equal("db.back.", Dig("web", "-x", "172.18.0.3"));
        Assert.Equal(0, In("web", "ping", "-c1", "-W5", "db-address".Replace("db-address", "172.18.0.3", StringComparison.Ordinal)).ExitCode);
        await controller.CloseAsync("db");
        running.Remove("db");
        Assert.Equal("", Dig("web", "db"));
    }

    [RootFact]
    public async Task Containers_join_and_leave_while_they_run_and_reach_elsewhere_by_the_right_network()
    {
        await controller!.CreateAsync(Wish("a"));
        await controller.CreateAsync(Wish("b"));
        await OpenAsync("web", ["b"]);
        Assert.Contains("default via 172.18.0.1 dev eth0", In("web", "ip", "route").Stdout, StringComparison.Ordinal);
        SandboxRecord joined = await controller.ConnectAsync("web", new("a") { Ipv4 = IPAddress.Parse("172.17.0.77"), Aliases = ["late"] });
        Assert.Equal("172.17.0.77", joined.Endpoints[1].Ipv4!.ToString());
        // Of equals the network whose name comes first.
        Assert.Contains("default via 172.17.0.1 dev eth1", In("web", "ip", "route").Stdout, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => controller.ConnectAsync("web", new("a")))).Kind);
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => controller.RemoveAsync("a"))).Kind);
        await OpenAsync("taken", []);
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => controller.ConnectAsync("taken", new("a") { Ipv4 = IPAddress.Parse("172.17.0.77") }))).Kind);
        await controller.DisconnectAsync("web", "a");
        Assert.Contains("default via 172.18.0.1 dev eth0", In("web", "ip", "route").Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain("eth1", In("web", "ip", "link").Stdout, StringComparison.Ordinal);
        await controller.RemoveAsync("a");
    }

    [RootFact]
    public async Task Ports_are_published_chosen_held_and_changed_while_a_container_runs()
    {
        await controller!.CreateAsync(Wish("a"));
        await OpenAsync("web", ["a"], ports: [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }, new(PublishedPort.Tcp, 81)]);
        using Place web = new(folder + "/run/netns/web", isOwn: false);
        web.ServeTcp(80);
        SandboxRecord sandbox = controller.FindSandbox("web")!;
        Assert.Equal([("0.0.0.0", 8080), ("::", 8080), ("0.0.0.0", 32768), ("::", 32768)], sandbox.Ports.Select(port => (port.HostAddress, port.HostPort)));
        Assert.NotNull(await host!.AskAsync("127.0.0.1", 8080));
        // No program of the host gets a port that it would hear nothing at.
        Assert.Contains("Address already in use", host.Run("socat", "-u", "TCP4-LISTEN:8080", "STDOUT").Stderr, StringComparison.Ordinal);
        KeelsonException inUse = await Assert.ThrowsAsync<KeelsonException>(() => OpenAsync("second", ["a"], ports: [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }]));
        Assert.Contains("publish 0.0.0.0:8080, [::]:8080/tcp: port is already allocated", inUse.FullMessage, StringComparison.Ordinal);
        Assert.Null(controller.FindSandbox("second"));
        await controller.PublishAsync("web", [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }, new(PublishedPort.Tcp, 80) { FirstPort = 9000, LastPort = 9001, HostAddress = IPAddress.Loopback }]);
        Assert.NotNull(await host.AskAsync("127.0.0.1", 9000));
        Assert.NotNull(await host.AskAsync("127.0.0.1", 8080));
        await controller.PublishAsync("web", []);
        Assert.True(await host.IsRefusedAsync("127.0.0.1", 8080));
        await OpenAsync("second", ["a"], ports: [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }]);
    }

    [RootFact]
    public async Task Ports_lead_to_the_network_by_which_a_container_reaches_elsewhere_and_nowhere_else()
    {
        await controller!.CreateAsync(Wish("a"));
        await controller.CreateAsync(Wish("b"));
        await OpenAsync("web", ["b"], ports: [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }]);
        using Place web = new(folder + "/run/netns/web", isOwn: false);
        web.ServeTcp(80);
        Assert.Contains("172.18.0.2 . 80", host!.Nft("list", "ruleset"), StringComparison.Ordinal);
        await controller.ConnectAsync("web", new("a"));
        Assert.Contains("172.17.0.2 . 80", host.Nft("list", "ruleset"), StringComparison.Ordinal);
        Assert.NotNull(await host.AskAsync("127.0.0.1", 8080));
        await controller.DisconnectAsync("web", "a");
        Assert.DoesNotContain("172.17.0.2 . 80", host.Nft("list", "ruleset"), StringComparison.Ordinal);
        Assert.NotNull(await host.AskAsync("127.0.0.1", 8080));
        await controller.DisconnectAsync("web", "b");
        Assert.DoesNotContain(" . 80 ", host.Nft("list", "ruleset"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task What_is_changed_after_a_flush_lays_everything_again()
    {
        await controller!.CreateAsync(Wish("a"));
        await OpenAsync("web", ["a"], ports: [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }]);
        await OpenAsync("other", ["a"], ports: [new(PublishedPort.Tcp, 80) { FirstPort = 8081, LastPort = 8081 }]);
        host!.Nft("flush", "ruleset");
        await controller.CloseAsync("other");
        running.Remove("other");
        string rules = host.Nft("list", "ruleset");
        Assert.Contains("tcp . 8080 : 172.17.0.2 . 80", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("8081", rules, StringComparison.Ordinal);
        host.Nft("flush", "ruleset");
        await controller.CreateAsync(Wish("b"));
        Assert.Contains("tcp . 8080 : 172.17.0.2 . 80", host.Nft("list", "ruleset"), StringComparison.Ordinal);
        host.Nft("flush", "ruleset");
        await controller.RemoveAsync("b");
        Assert.Contains("tcp . 8080 : 172.17.0.2 . 80", host.Nft("list", "ruleset"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task After_a_restart_containers_that_run_go_on_and_the_others_are_gone()
    {
        await controller!.CreateAsync(Wish("a"));
        await OpenAsync("web", ["a"], ports: [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }]);
        await OpenAsync("gone", ["a"], ports: [new(PublishedPort.Tcp, 80) { FirstPort = 8081, LastPort = 8081 }]);
        using Place web = new(folder + "/run/netns/web", isOwn: false);
        web.ServeTcp(80);
        running.Remove("gone");
        host!.Nft("flush", "ruleset");
        await RestartAsync();
        Assert.NotNull(await host.AskAsync("127.0.0.1", 8080));
        Assert.Equal("172.17.0.2", Dig("web", "web"));
        Assert.Null(controller!.FindSandbox("gone"));
        Assert.DoesNotContain("8081", host.Nft("list", "ruleset"), StringComparison.Ordinal);
        Assert.Single(host.Ip("-o link show type veth").TrimEnd().Split('\n'));
        // Its address is free again.
        Assert.Equal("172.17.0.3", (await OpenAsync("new", ["a"])).Endpoints[0].Ipv4!.ToString());
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => controller.PublishAsync("new", [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }]))).Kind);
        Assert.Empty(troubles);
    }

    [RootFact]
    public async Task Rules_that_somebody_flushes_come_back_within_a_second()
    {
        await controller!.CreateAsync(Wish("a"));
        await OpenAsync("web", ["a"], ports: [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }]);
        using CancellationTokenSource stop = new();
        Task watching = controller.WatchAsync(stop.Token);
        string before = host!.Nft("list", "table", "inet", "keelson");
        // What others do in tables of their own is theirs.
        host.Nft("add", "table", "inet", "other");
        foreach (string[] harm in (string[][])[["flush", "ruleset"], ["flush", "table", "inet", "keelson"], ["delete", "element", "inet", "keelson", "publish4", "{ tcp . 8080 }"]])
        {
            Assert.True(IsWhole());
            host.Nft(harm);
            Condition.Await("the rules to come back", IsWhole);
        }
        // What is done here is no harm.
        await controller.PublishAsync("web", []);
        await stop.CancelAsync();
        await watching;
        Assert.Empty(troubles);

        bool IsWhole() => host.Run("nft", "list", "table", "inet", "keelson").Stdout == before;
    }

    [RootFact]
    public async Task A_published_port_is_reached_at_the_loopback_address_of_IPv6_and_by_IPv6_where_the_container_has_IPv4_alone()
    {
        await controller!.CreateAsync(Wish("four"));
        await controller.CreateAsync(Wish("six") with { HasIpv6 = true, Ipam = [new() { Subnet = IPNetwork.Parse("fd00:6::/64") }] });
        host!.Ip("address add 2001:db8::1/128 dev lo");
        foreach ((string name, string network, int port) in ((string, string, int)[])[("old", "four", 8004), ("new", "six", 8006)])
        {
            await OpenAsync(name, [network], ports: [new(PublishedPort.Tcp, 80) { FirstPort = port, LastPort = port }, new(PublishedPort.Udp, 53) { FirstPort = port, LastPort = port }]);
            using Place container = new($"{folder}/run/netns/{name}", isOwn: false);
            container.ServeTcp(80);
            container.Serve("UDP4-RECVFROM:53");
            foreach (string address in (string[])["127.0.0.1", "::1", "2001:db8::1"]) Assert.NotNull(await host.AskAsync(address, port));
            if (name == "old") Assert.NotNull(await host.AskAsync("::1", port, System.Net.Sockets.ProtocolType.Udp));
            await controller.CloseAsync(name);
            running.Remove(name);
            Assert.True(await host.IsRefusedAsync("::1", port));
        }
    }

    [RootTheory]
    [InlineData("bridge", true)]
    [InlineData("private", false)]
    public async Task Containers_stand_beside_the_host_on_its_own_device(string mode, bool reachEachOther)
    {
        using Place outside = new(folder + "/outside");
        host!.Ip("link add up0 type veth peer name eth0 netns /proc/self/fd/0", outside);
        host.Ip("link set up0 up");
        outside.Ip("address add 10.5.0.1/24 dev eth0");
        outside.Ip("link set eth0 up");
        await controller!.CreateAsync(Wish("lan") with { Driver = "macvlan", Ipam = [Subnet("10.5.0.0/24")], Options = new Dictionary<string, string> { ["parent"] = "up0", ["macvlan_mode"] = mode } });
        await OpenAsync("a", ["lan"]);
        await OpenAsync("b", ["lan"]);
        Assert.Contains("default via 10.5.0.1 dev eth0", In("a", "ip", "route").Stdout, StringComparison.Ordinal);
        Assert.Equal(0, In("a", "ping", "-c1", "-W5", "10.5.0.1").ExitCode);
        Assert.Equal(reachEachOther ? 0 : 1, In("a", "ping", "-c1", "-W1", "10.5.0.3").ExitCode);
        await controller.CloseAsync("a");
        await controller.CloseAsync("b");
        running.Clear();
        Assert.DoesNotContain("macvlan", host.Ip("-d link"), StringComparison.Ordinal);
        await RefusesAsync(Wish("x") with { Driver = "macvlan", Ipam = [Subnet("10.6.0.0/24")] }, ErrorKind.InvalidArgument, "the option 'parent' names");
        await RefusesAsync(Wish("x") with { Driver = "macvlan", Ipam = [Subnet("10.6.0.0/24")], Options = new Dictionary<string, string> { ["parent"] = "absent" } }, ErrorKind.NotFound, "the host has no device absent");
    }

    [RootFact]
    public async Task A_container_without_networks_has_the_loopback_device_alone()
    {
        await OpenAsync("alone", ["none"]);
        Assert.Equal(["lo"], In("alone", "ip", "-o", "link").Stdout.TrimEnd().Split('\n').Select(line => line.Split(':')[1].Trim()));
    }

    private static NetworkRecord Wish(string name) => new() { Id = "", Name = name };

    private static Network.Ipam.IpamConfig Subnet(string subnet) => new() { Subnet = IPNetwork.Parse(subnet) };

    private async Task RefusesAsync(NetworkRecord wish, ErrorKind kind, string message)
    {
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => controller!.CreateAsync(wish));
        Assert.Equal(kind, refused.Kind);
        Assert.Contains(message, refused.FullMessage, StringComparison.Ordinal);
    }

    private async Task<SandboxRecord> OpenAsync(string name, string[] networks, string[]? aliases = null, PortWish[]? ports = null)
    {
        SandboxRecord opened = await controller!.OpenAsync(new() { ContainerId = name, Names = [name], Endpoints = [.. networks.Select(network => new EndpointWish(network) { Aliases = aliases ?? [] })], Ports = ports ?? [] });
        running.Add(name);
        return opened;
    }

    private CommandResult In(string container, params IReadOnlyList<string> command) => ChildProcess.Run(["nsenter", $"--net={folder}/run/netns/{container}", .. command]);

    private string Dig(string container, params IReadOnlyList<string> arguments) => In(container, ["dig", "@127.0.0.11", "+short", .. arguments]).Stdout.Trim();

    private async Task StartAsync()
    {
        NetworkPlace place = new(host!.File);
        driver = new(place, "keelson");
        controller = await NetworkController.OpenAsync(new() { StateDirectory = folder + "/state", RunDirectory = folder + "/run", Host = place }, [driver, new Macvlan.MacvlanDriver(place, "macvlan"), new Macvlan.MacvlanDriver(place, "ipvlan")], driver.Routes, running.Contains, troubles.Add);
    }

    private async Task RestartAsync()
    {
        await controller!.DisposeAsync();
        driver!.Dispose();
        await StartAsync();
    }
}
