using System.Net;
using System.Net.Sockets;
using Keelson.Network.Dns;
using Keelson.Network.Ports;
using Keelson.Network.Records;

namespace Keelson.Network.Tests;

/// <summary>What others' engines were attacked by, on ours: as a whole, with real packets. What needs no engine is in <see cref="BridgeTests"/>.</summary>
public sealed class AttackTests
{
    /// <summary>How long is waited for what must not come.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(300);

    [RootFact]
    public async Task CVE_2024_29018_a_question_from_an_internal_network_goes_nowhere_not_even_to_the_hosts_own_resolver()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.Controller.CreateAsync(EngineUnderTest.Wish("inner") with { IsInternal = true });
        await engine.CreateAsync("outer");
        using Socket resolver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        resolver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        DnsUpstream[] upstreams = [new(IPAddress.Loopback, true) { Port = ((IPEndPoint)resolver.LocalEndPoint!).Port }];
        await engine.Controller.OpenAsync(new() { ContainerId = "spy", Names = ["spy"], Endpoints = [new("inner")], Upstreams = upstreams });
        using Place spy = new(engine.Folder + "/run/netns/spy", isOwn: false);
        Assert.Contains("NXDOMAIN", Ask("secret.example"), StringComparison.Ordinal);
        Assert.Equal(0, resolver.Available);
        // With a way out it is asked: the silence before was no accident.
        await engine.Controller.ConnectAsync("spy", new("outer"));
        Task<string> asking = Task.Run(() => Ask("open.example"));
        byte[] question = new byte[512];
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        int length = await resolver.ReceiveAsync(question, SocketFlags.None, limit.Token);
        Assert.Contains("open", System.Text.Encoding.ASCII.GetString(question, 0, length), StringComparison.Ordinal);
        await engine.Controller.DisconnectAsync("spy", "outer");
        await asking;
        while (resolver.Available > 0) await resolver.ReceiveAsync(question, SocketFlags.None, limit.Token);
        Assert.Contains("NXDOMAIN", Ask("secret.example"), StringComparison.Ordinal);
        await Task.Delay(Silence, TestContext.Current.CancellationToken);
        Assert.Equal(0, resolver.Available);

        string Ask(string name) => spy.Run("dig", "@127.0.0.11", "+tries=1", "+time=5", name).Stdout;
    }

    [RootFact]
    public async Task CVE_2025_54388_and_54410_after_a_reload_of_the_firewall_isolation_and_loopback_ports_hold_again()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        Place peer = engine.AddPeer();
        await engine.CreateAsync("a");
        await engine.CreateAsync("b");
        await engine.Controller.CreateAsync(EngineUnderTest.Wish("inner") with { IsInternal = true });
        Place web = await engine.OpenWithAsync("web", [new("a")], new PortWish(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080, HostAddress = IPAddress.Loopback }), other = await engine.OpenAsync("other", "b"), hidden = await engine.OpenAsync("hidden", "inner");
        web.ServeTcp(80);
        hidden.ServeTcp(80);
        using CancellationTokenSource stop = new();
        Task watching = engine.Controller.WatchAsync(stop.Token);
        foreach (string[] reload in (string[][])[["flush", "ruleset"], ["delete", "table", "inet", "keelson"]])
        {
            Condition.Await("the rules", () => engine.Host.Run("nft", "list", "chain", "inet", "keelson", "forward").Stdout.Contains("vmap @entering", StringComparison.Ordinal));
            foreach (Place from in (Place[])[peer, other])
            {
                Assert.True(await from.IsRefusedAsync(web.Ipv4!.ToString(), 80));
                Assert.True(await from.IsRefusedAsync(hidden.Ipv4!.ToString(), 80));
                Assert.True(await from.IsRefusedAsync("198.51.100.1", 8080));
            }
            Assert.NotNull(await engine.Host.AskAsync("127.0.0.1", 8080));
            engine.Host.Nft(reload);
        }
        await stop.CancelAsync();
        await watching;
    }

    [RootFact]
    public async Task An_address_stays_held_until_its_end_is_known_to_be_gone()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        using Remote.PluginProgram plugin = new(engine.Folder + "/host", "plugin.py", engine.Folder + "/plugins/mine.sock", engine.Folder + "/log", "NetworkDriver.Leave");
        await engine.Controller.CreateAsync(EngineUnderTest.Wish("a") with { Driver = "mine", Ipam = [new() { Subnet = IPNetwork.Parse("10.5.0.0/29") }] });
        Assert.Equal("10.5.0.2", (await engine.OpenAsync("first", "a")).Ipv4!.ToString());
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => engine.CloseAsync("first"));
        Assert.Contains("no NetworkDriver.Leave today", refused.FullMessage, StringComparison.Ordinal);
        // Four are free, and not the one that may still be in use.
        for (int i = 3; i <= 6; i++) Assert.Equal($"10.5.0.{i}", (await engine.OpenAsync("c" + i, "a")).Ipv4!.ToString());
        Assert.Contains("no address is free", (await Assert.ThrowsAsync<KeelsonException>(() => engine.OpenAsync("c7", "a"))).Message, StringComparison.Ordinal);
        await engine.RestartAsync();
        Assert.Contains("no address is free", (await Assert.ThrowsAsync<KeelsonException>(() => engine.OpenAsync("c7", "a"))).Message, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task In_an_isolated_network_containers_reach_each_other_and_the_host_is_not_there()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        (string, string)[] isolated = [("com.docker.network.bridge.gateway_mode_ipv4", "isolated"), ("com.docker.network.bridge.gateway_mode_ipv6", "isolated")];
        KeelsonException open = await Assert.ThrowsAsync<KeelsonException>(() => engine.CreateAsync("a", isolated));
        Assert.Contains("it is for internal networks alone", open.Message, StringComparison.Ordinal);
        NetworkRecord network = await engine.Controller.CreateAsync(EngineUnderTest.Wish("a", isolated) with { IsInternal = true, HasIpv6 = true });
        Assert.DoesNotContain("inet", engine.Host.Ip($"address show br-{network.Id[..12]}"), StringComparison.Ordinal);
        Place one = await engine.OpenAsync("one", "a"), two = await engine.OpenAsync("two", "a");
        two.ServeTcp(80);
        engine.Host.ServeTcp(81);
        Assert.NotNull(await one.AskAsync(two.Ipv4!.ToString(), 80));
        Assert.NotNull(await one.AskAsync(two.Ipv6!.ToString(), 80));
        Assert.True(await one.IsRefusedAsync(network.Ipam[0].Gateway!.ToString(), 81) && await one.IsRefusedAsync(network.Ipam[1].Gateway!.ToString(), 81));
        Assert.True(await engine.Host.IsRefusedAsync(two.Ipv4!.ToString(), 80) && await engine.Host.IsRefusedAsync(two.Ipv6!.ToString(), 80));
    }

    [RootFact]
    public async Task What_an_operators_own_table_drops_on_the_way_through_stays_dropped()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        Place peer = engine.AddPeer();
        await engine.CreateAsync("a");
        Place web = await engine.OpenWithAsync("web", [new("a")], new PortWish(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 });
        web.ServeTcp(80);
        Assert.NotNull(await peer.AskAsync("198.51.100.1", 8080));
        // By where it comes from, and by the port that was asked for.
        foreach (string rule in (string[])["ip saddr 198.51.100.2 drop", "meta l4proto tcp ct original proto-dst 8080 drop"])
        {
            engine.Host.Nft("add", "table", "inet", "operator");
            engine.Host.Nft("add", "chain", "inet", "operator", "user", "{ type filter hook forward priority -10; }");
            engine.Host.Nft("add", "rule", "inet", "operator", "user", rule);
            Assert.True(await peer.IsRefusedAsync("198.51.100.1", 8080));
            // The engine lays its own anew, and leaves the operator's alone.
            await engine.Controller.RestoreAsync(TestContext.Current.CancellationToken);
            Assert.True(await peer.IsRefusedAsync("198.51.100.1", 8080));
            engine.Host.Nft("delete", "table", "inet", "operator");
            Assert.NotNull(await peer.AskAsync("198.51.100.1", 8080));
        }
    }
}
