using System.Net.Sockets;
using Keelson.Network.Ports;

namespace Keelson.Network.Tests;

/// <summary>Published ports behind the host's own firewall, which filters what comes to the host.</summary>
public sealed class HostFirewallTests
{
    [RootFact]
    public async Task Ports_of_a_network_that_obeys_it_are_for_those_whom_the_hosts_firewall_lets_in()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        Place peer = engine.AddPeer();
        await engine.CreateAsync("usual");
        await engine.Controller.CreateAsync(EngineUnderTest.Wish("obeys", ("com.docker.network.bridge.host_firewall", "true")) with { HasIpv6 = true });
        Place usual = await engine.OpenWithAsync("usual", [new("usual")], Port(8080)), web = await engine.OpenWithAsync("web", [new("obeys")], Port(8081), new PortWish(PublishedPort.Udp, 53) { FirstPort = 5353, LastPort = 5353 });
        Place near = await engine.OpenAsync("near", "obeys");
        foreach (Place container in (Place[])[usual, web]) container.ServeTcp(80);
        web.Serve("UDP4-RECVFROM:53");
        await ServedAsync();
        // Nothing is let in.
        engine.Host.Nft("add", "table", "inet", "host");
        engine.Host.Nft("add", "chain", "inet", "host", "input", "{ type filter hook input priority 0; }");
        engine.Host.Nft("add", "rule", "inet", "host", "input", "iifname up0 ct state new drop");
        Assert.True(await peer.IsRefusedAsync("198.51.100.1", 8081) && await peer.IsRefusedAsync("2001:db8::1", 8081));
        // Where replaced destinations pass it by, as everywhere else.
        Assert.NotNull(await peer.AskAsync("198.51.100.1", 8080));
        Assert.NotNull(await engine.Host.AskAsync("127.0.0.1", 8081));
        // Who is let in is.
        engine.Host.Nft("insert", "rule", "inet", "host", "input", "ip saddr 198.51.100.2 accept");
        engine.Host.Nft("insert", "rule", "inet", "host", "input", "meta l4proto ipv6-icmp accept");
        engine.Host.Nft("insert", "rule", "inet", "host", "input", "ip6 saddr 2001:db8::2 accept");
        await ServedAsync();
        await engine.RestartAsync();
        await ServedAsync();
        await engine.CloseAsync("web");
        Assert.True(await peer.IsRefusedAsync("198.51.100.1", 8081));
        Assert.Empty(engine.Troubles);

        async Task ServedAsync()
        {
            Assert.NotNull(await peer.AskAsync("198.51.100.1", 8080));
            foreach (string address in (string[])["198.51.100.1", "2001:db8::1"]) Assert.NotNull(await peer.AskAsync(address, 8081));
            foreach (string address in (string[])["127.0.0.1", "::1", "198.51.100.1", "2001:db8::1"]) Assert.NotNull(await engine.Host.AskAsync(address, 8081));
            Assert.NotNull(await near.AskAsync("198.51.100.1", 8081));
            Assert.NotNull(await peer.AskAsync("198.51.100.1", 5353, ProtocolType.Udp));
        }
    }

    [RootFact]
    public async Task What_no_process_of_the_host_can_serve_is_refused()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.CreateAsync("obeys", ("com.docker.network.bridge.host_firewall", "true"));
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => engine.OpenWithAsync("web", [new("obeys")], new PortWish(PublishedPort.Sctp, 80) { FirstPort = 8080, LastPort = 8080 }));
        Assert.Contains("served by processes of the host, which serve TCP and UDP alone", refused.Message, StringComparison.Ordinal);
        Assert.Contains("host_firewall=maybe", (await Assert.ThrowsAsync<KeelsonException>(() => engine.CreateAsync("x", ("com.docker.network.bridge.host_firewall", "maybe")))).Message, StringComparison.Ordinal);
    }

    private static PortWish Port(int host) => new(PublishedPort.Tcp, 80) { FirstPort = host, LastPort = host };
}
