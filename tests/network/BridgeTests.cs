using System.Net.Sockets;
using Keelson.Netlink.Netfilter;

namespace Keelson.Network.Tests;

/// <summary>Who reaches whom, with real packets: containers, their host, and a machine beside it that has routes to them.</summary>
public sealed class BridgeTests : IDisposable
{
    private readonly World world = null!;

    public BridgeTests()
    {
        if (Needs.Missing(Need.Root) is { } reason) Assert.Skip(reason);
        world = new();
    }

    public void Dispose() => world?.Dispose();

    [RootFact]
    public async Task Containers_of_one_network_reach_each_other_their_host_and_the_world()
    {
        NetworkInfo network = world.Lay(World.Network(1));
        (Place a, Place b) = (world.Join(network, 2), world.Join(network, 3));
        b.ServeTcp(80);
        world.Host.ServeTcp(81);
        world.Peer.ServeTcp(82);
        Assert.Equal(("172.21.0.2", "fd00:1::2"), (await a.AskAsync("172.21.0.3", 80), await a.AskAsync("fd00:1::3", 80)));
        Assert.Equal(("172.21.0.2", "fd00:1::2"), (await a.AskAsync("172.21.0.1", 81), await a.AskAsync("fd00:1::1", 81)));
        // The world sees the host.
        Assert.Equal((World.HostAddress, World.HostAddress6), (await a.AskAsync(World.PeerAddress, 82), await a.AskAsync("2001:db8::2", 82)));
        Assert.Equal(("172.21.0.1", "fd00:1::1"), (await world.Host.AskAsync("172.21.0.3", 80), await world.Host.AskAsync("fd00:1::3", 80)));
    }

    [RootFact]
    public async Task A_published_port_is_reached_from_everywhere_and_by_everybody()
    {
        NetworkInfo network = world.Lay(World.Network(1)), other = world.Lay(World.Network(2));
        (Place web, Place near, Place far) = (world.Join(network, 2), world.Join(network, 3), world.Join(other, 2));
        web.ServeTcp(80);
        web.Serve("UDP4-RECVFROM:53");
        world.Publish(network, "0.0.0.0", 8080, web.Ipv4!, 80);
        world.Publish(network, "::", 8080, web.Ipv6!, 80);
        world.Publish(network, "0.0.0.0", 5353, web.Ipv4!, 53, PublishedPort.Udp);
        // The machine beside is seen as itself.
        Assert.Equal((World.PeerAddress, "2001:db8::2"), (await world.Peer.AskAsync(World.HostAddress, 8080), await world.Peer.AskAsync(World.HostAddress6, 8080)));
        Assert.Equal(World.PeerAddress, await world.Peer.AskAsync(World.HostAddress, 5353, ProtocolType.Udp));
        Assert.NotNull(await world.Host.AskAsync(World.HostAddress, 8080));
        Assert.NotNull(await world.Host.AskAsync("127.0.0.1", 8080));
        Assert.NotNull(await world.Host.AskAsync("127.0.0.1", 5353, ProtocolType.Udp));
        Assert.NotNull(await world.Host.AskAsync(World.HostAddress6, 8080));
        foreach (Place container in (Place[])[web, near, far])
        {
            Assert.NotNull(await container.AskAsync(World.HostAddress, 8080));
            Assert.NotNull(await container.AskAsync(World.HostAddress6, 8080));
            Assert.NotNull(await container.AskAsync("172.21.0.1", 8080));
        }
    }

    [RootFact]
    public async Task What_is_not_published_is_not_reached_from_outside_not_even_by_who_has_a_route()
    {
        NetworkInfo network = world.Lay(World.Network(1)), other = world.Lay(World.Network(2));
        (Place web, Place far) = (world.Join(network, 2), world.Join(other, 2));
        web.ServeTcp(80);
        web.ServeTcp(81);
        world.Publish(network, "0.0.0.0", 8080, web.Ipv4!, 80);
        foreach (Place from in (Place[])[world.Peer, far])
        {
            // By its own address neither what is not published nor what is.
            foreach (int port in (int[])[80, 81]) Assert.True(await from.IsRefusedAsync("172.21.0.2", port) && await from.IsRefusedAsync("fd00:1::2", port));
            Assert.True(await from.IsRefusedAsync(World.HostAddress, 8081));
        }
        Assert.Equal(1, world.Peer.Run("ping", "-c1", "-W1", "172.21.0.2").ExitCode);
        Assert.NotNull(await world.Peer.AskAsync(World.HostAddress, 8080));
    }

    [RootFact]
    public async Task A_port_is_published_at_one_address_and_at_that_of_the_host_itself()
    {
        NetworkInfo network = world.Lay(World.Network(1));
        Place web = world.Join(network, 2);
        web.ServeTcp(80);
        world.Host.Ip("address add 198.51.100.9/24 dev up0");
        world.Publish(network, "198.51.100.9", 8080, web.Ipv4!, 80);
        world.Publish(network, "127.0.0.1", 8081, web.Ipv4!, 80);
        Assert.NotNull(await world.Peer.AskAsync("198.51.100.9", 8080));
        Assert.True(await world.Peer.IsRefusedAsync(World.HostAddress, 8080));
        Assert.NotNull(await world.Host.AskAsync("127.0.0.1", 8081));
        Assert.True(await world.Peer.IsRefusedAsync(World.HostAddress, 8081) && await world.Peer.IsRefusedAsync("198.51.100.9", 8081));
        // Neither by who sends it to the host's link under that address.
        world.Peer.Ip("route add 127.0.0.1/32 via 198.51.100.1 table 7");
        world.Peer.Ip("rule add dport 8081 lookup 7 priority 1");
        world.Peer.Ip("rule add lookup local priority 5");
        world.Peer.Ip("rule delete lookup local priority 0");
        world.Peer.Run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet").Succeeds();
        Assert.True(await world.Peer.IsRefusedAsync("127.0.0.1", 8081));
    }

    [RootFact]
    public async Task Nothing_leaves_an_internal_network_and_nothing_enters_it()
    {
        NetworkInfo network = world.Lay(World.Network(1) with { IsInternal = true }), other = world.Lay(World.Network(2));
        (Place a, Place b, Place far) = (world.Join(network, 2), world.Join(network, 3), world.Join(other, 2));
        b.ServeTcp(80);
        world.Peer.ServeTcp(82);
        far.ServeTcp(83);
        Assert.Equal(("172.21.0.2", "fd00:1::2"), (await a.AskAsync("172.21.0.3", 80), await a.AskAsync("fd00:1::3", 80)));
        Assert.NotNull(await world.Host.AskAsync("172.21.0.3", 80));
        Assert.Empty(a.Ip("route show default"));
        // Nor by a route of its own.
        a.Ip("route add default via 172.21.0.1");
        a.Ip("-6 route add default via fd00:1::1");
        Assert.True(await a.IsRefusedAsync(World.PeerAddress, 82) && await a.IsRefusedAsync("2001:db8::2", 82) && await a.IsRefusedAsync("172.22.0.2", 83));
        Assert.True(await world.Peer.IsRefusedAsync("172.21.0.3", 80) && await far.IsRefusedAsync("172.21.0.3", 80) && await world.Peer.IsRefusedAsync("fd00:1::3", 80));
    }

    [RootFact]
    public async Task Containers_that_may_not_speak_to_each_other_reach_the_world()
    {
        NetworkInfo network = world.Lay(World.Network(1) with { AllowsNeighbours = false });
        (Place a, Place b) = (world.Join(network, 2), world.Join(network, 3));
        b.ServeTcp(80);
        world.Peer.ServeTcp(82);
        world.Publish(network, "0.0.0.0", 8080, b.Ipv4!, 80);
        Assert.True(await a.IsRefusedAsync("172.21.0.3", 80) && await a.IsRefusedAsync("fd00:1::3", 80));
        Assert.NotNull(await a.AskAsync(World.PeerAddress, 82));
        Assert.NotNull(await world.Peer.AskAsync(World.HostAddress, 8080));
        // Nor by way of the host, to which it can send it.
        a.Ip("route add 172.21.0.3/32 via 172.21.0.1");
        Assert.True(await a.IsRefusedAsync("172.21.0.3", 80));
    }

    [RootTheory]
    [InlineData(GatewayMode.NatUnprotected, true)]
    [InlineData(GatewayMode.Routed, false)]
    public async Task By_their_own_addresses_containers_are_reached_as_the_mode_says(GatewayMode mode, bool isOtherReached)
    {
        NetworkInfo network = world.Lay(World.Network(1) with { Mode4 = mode, Mode6 = mode });
        Place web = world.Join(network, 2);
        web.ServeTcp(80);
        web.ServeTcp(81);
        world.Peer.ServeTcp(82);
        world.Publish(network, "0.0.0.0", 8080, web.Ipv4!, 80);
        world.Publish(network, "::", 8080, web.Ipv6!, 80);
        foreach (string address in (string[])["172.21.0.2", "fd00:1::2"])
        {
            Assert.NotNull(await world.Peer.AskAsync(address, 80));
            if (isOtherReached) Assert.NotNull(await world.Peer.AskAsync(address, 81));
            else Assert.True(await world.Peer.IsRefusedAsync(address, 81));
        }
        Assert.Equal(mode == GatewayMode.Routed, await world.Peer.IsRefusedAsync(World.HostAddress, 8080));
        Assert.Equal(mode == GatewayMode.Routed ? "172.21.0.2" : World.HostAddress, await web.AskAsync(World.PeerAddress, 82));
    }

    [RootFact]
    public async Task After_somebody_has_flushed_all_rules_they_are_laid_again()
    {
        NetworkInfo network = world.Lay(World.Network(1)), inner = world.Lay(World.Network(2) with { IsInternal = true });
        (Place web, Place hidden) = (world.Join(network, 2), world.Join(inner, 2));
        web.ServeTcp(80);
        hidden.ServeTcp(80);
        world.Publish(network, "0.0.0.0", 8080, web.Ipv4!, 80);
        world.Publish(network, "127.0.0.1", 8081, web.Ipv4!, 80);
        string before = world.Host.Nft("list", "ruleset");
        world.Host.Nft("flush", "ruleset");
        Assert.True(await world.Peer.IsRefusedAsync(World.HostAddress, 8080));
        world.Restore();
        Assert.Equal(before, world.Host.Nft("list", "ruleset"));
        Assert.NotNull(await world.Peer.AskAsync(World.HostAddress, 8080));
        Assert.True(await world.Peer.IsRefusedAsync("172.21.0.2", 80) && await world.Peer.IsRefusedAsync("172.22.0.2", 80) && await world.Peer.IsRefusedAsync(World.HostAddress, 8081));
    }

    [RootFact]
    public async Task What_is_taken_back_leaves_nothing()
    {
        string before = world.Host.Nft("list", "ruleset");
        NetworkInfo network = world.Lay(World.Network(1));
        Place web = world.Join(network, 2);
        web.ServeTcp(80);
        PublishedPort first = world.Publish(network, "0.0.0.0", 8080, web.Ipv4!, 80), second = world.Publish(network, "0.0.0.0", 8081, web.Ipv4!, 80);
        Take(first, second);
        Assert.True(await world.Peer.IsRefusedAsync(World.HostAddress, 8080));
        Assert.NotNull(await world.Peer.AskAsync(World.HostAddress, 8081));
        Take(second);
        world.Devices.Leave(web.Endpoint!);
        world.Devices.Leave(web.Endpoint!);
        NftBatch batch = new();
        world.Rules.Remove(batch, network);
        world.Filters.Commit(batch);
        world.Devices.Remove(network);
        Assert.Equal(before, world.Host.Nft("list", "ruleset"));
        Assert.DoesNotContain("br1", world.Host.Ip("link"), StringComparison.Ordinal);
        Assert.DoesNotContain("kv", world.Host.Ip("link"), StringComparison.Ordinal);

        void Take(PublishedPort port, params IReadOnlyCollection<PublishedPort> others)
        {
            NftBatch change = new();
            world.Rules.Remove(change, network, port, others);
            world.Filters.Commit(change);
        }
    }

    [RootFact]
    public void The_rules_are_the_text_that_the_operator_reads_and_nft_takes_it_back()
    {
        NetworkInfo network = world.Lay(World.Network(1));
        world.Lay(World.Network(2, hasIpv6: false) with { IsInternal = true });
        world.Lay(World.Network(3) with { Mode4 = GatewayMode.Routed, AllowsNeighbours = false, HostAddress4 = null });
        world.Publish(network, "0.0.0.0", 8080, System.Net.IPAddress.Parse("172.21.0.2"), 80);
        string text = world.Host.Nft("list", "table", "inet", "keelson");
        string golden = Path.Combine(Repository.Root, "tests/network/Golden/bridges.nft");
        if (Environment.GetEnvironmentVariable("KEELSON_WRITE_GOLDEN") is not null) File.WriteAllText(golden, text);
        Assert.Equal(File.ReadAllText(golden), text);
        Assert.Equal(0, ChildProcess.Run(["nft", "-c", "-f", "-"], new() { Input = text }).ExitCode);
    }
}
