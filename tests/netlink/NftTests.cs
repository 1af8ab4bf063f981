using System.Net;
using Keelson.Linux;
using Keelson.Netlink.Netfilter;

namespace Keelson.Netlink.Tests;

/// <summary>Tables, chains, sets and rules of a real namespace; <c>nft</c> says what is true.</summary>
public sealed class NftTests : IDisposable
{
    private static readonly NftTable Table = new(NftFamily.Inet, "k");
    private readonly NetworkNamespace place;
    private readonly NftSocket socket;

    public NftTests()
    {
        if (Needs.Missing(Need.Root) is { } reason) Assert.Skip(reason);
        place = new();
        socket = NftSocket.Open(place.File);
    }

    public void Dispose()
    {
        socket?.Dispose();
        place?.Dispose();
    }

    [RootFact]
    public void Rules_are_as_nft_reads_them()
    {
        NftBatch change = new NftBatch().Add(Table)
            .Add(Table, new NftChain("forward") { Hook = NftHook.Forward })
            .Add(Table, new NftChain("out") { Hook = NftHook.Postrouting, Type = "nat", Priority = NftPriority.SourceNat })
            .Add(Table, new NftChain("strict") { Hook = NftHook.Input, Priority = NftPriority.Filter - 5, Drops = true })
            .Add(Table, new NftChain("other"));
        Add("forward", new NftRule().Established().Do(NftVerdict.Accept));
        Add("forward", new NftRule().Invalid().Do(NftVerdict.Drop));
        Add("forward", new NftRule { Comment = "between \"bridges\"" }.InputDevice("br0").OutputDevice("br1", isNot: true).Count().Do(NftVerdict.Jump("other")));
        Add("forward", new NftRule().DestinationReplaced().Do(NftVerdict.Goto("other")));
        Add("forward", new NftRule().Source(IPNetwork.Parse("172.17.0.0/16")).Destination(IPNetwork.Parse("10.1.0.0/17"), isNot: true).Do(NftVerdict.Drop));
        Add("forward", new NftRule().Source(IPNetwork.Parse("fd00:1::/64")).Destination(IPNetwork.Parse("fd00::7/128")).Reject());
        Add("forward", new NftRule().Protocol(6).ToPort(80).Reject(withReset: true));
        Add("forward", new NftRule().Protocol(17).FromPort(53).Do(NftVerdict.Return));
        Add("other", new NftRule().ToThisHost().Do(NftVerdict.Accept));
        Add("other", new NftRule().Protocol(17).ToPort(53).SetDestinationPort(isUdp: true, 40_000));
        Add("other", new NftRule().Protocol(6).FromPort(40_000).SetSourcePort(isUdp: false, 53));
        Add("out", new NftRule().Source(IPNetwork.Parse("172.17.0.0/16")).OutputDevice("br0", isNot: true).Masquerade());
        Add("out", new NftRule().Source(IPNetwork.Parse("172.18.0.0/16")).ComeFrom(IPAddress.Parse("192.0.2.1")));
        Add("out", new NftRule().Family(isIpv6: true).ComeFrom(IPAddress.Parse("2001:db8::1")));
        socket.Commit(change);
        Assert.Equal("""
            table inet k {
            	chain forward {
            		type filter hook forward priority filter; policy accept;
            		ct state established,related accept
            		ct state invalid drop
            		iifname "br0" oifname != "br1" counter packets 0 bytes 0 jump other comment "between "bridges""
            		ct status dnat goto other
            		ip saddr 172.17.0.0/16 ip daddr != 10.1.0.0/17 drop
            		ip6 saddr fd00:1::/64 ip6 daddr fd00::7 reject
            		tcp dport 80 reject with tcp reset
            		udp sport 53 return
            	}

            	chain out {
            		type nat hook postrouting priority srcnat; policy accept;
            		ip saddr 172.17.0.0/16 oifname != "br0" masquerade
            		ip saddr 172.18.0.0/16 snat ip to 192.0.2.1
            		meta nfproto ipv6 snat ip6 to 2001:db8::1
            	}

            	chain strict {
            		type filter hook input priority filter - 5; policy drop;
            	}

            	chain other {
            		fib daddr type local accept
            		udp dport 53 udp dport set 40000
            		tcp sport 40000 tcp sport set 53
            	}
            }

            """, place.Nft("list", "table", "inet", "k"));

        void Add(string chain, NftRule rule) => change.Add(Table, chain, rule);
    }

    [RootFact]
    public void Sets_and_maps_are_as_nft_reads_them()
    {
        byte[] web = NftValue.Of(NftValue.Protocol(6), NftValue.Port(8080));
        NftBatch change = new NftBatch().Add(Table)
            .Add(Table, new NftSet("devices", NftType.Device))
            .Add(Table, new NftSet("networks", NftType.Ipv4) { HasRanges = true })
            .Add(Table, new NftSet("from", NftType.Device) { Value = NftType.Verdict })
            .Add(Table, new NftSet("ports", NftType.Of(NftType.Protocol, NftType.Port)) { Value = NftType.Of(NftType.Ipv4, NftType.Port) })
            .Add(Table, new NftSet("ports6", NftType.Of(NftType.Ipv6, NftType.Protocol, NftType.Port)) { Value = NftType.Of(NftType.Ipv6, NftType.Port) })
            .Add(Table, new NftSet("hairpin", NftType.Of(NftType.Ipv4, NftType.Device)))
            .Add(Table, new NftChain("pre") { Hook = NftHook.Prerouting, Type = "nat", Priority = NftPriority.DestinationNat })
            .Add(Table, new NftChain("post") { Hook = NftHook.Postrouting, Type = "nat", Priority = NftPriority.SourceNat })
            .Add(Table, new NftChain("forward") { Hook = NftHook.Forward })
            .Add(Table, new NftChain("a"))
            .Add(Table, "devices", new NftElement(NftValue.Device("br0")) { Comment = "the first" }, new NftElement(NftValue.Device("br1")))
            .Add(Table, "networks", new NftElement(NftValue.Address(IPAddress.Parse("172.17.0.0"))) { End = NftValue.Address(IPAddress.Parse("172.18.0.0")) })
            .Add(Table, "from", new NftElement(NftValue.Device("br0")) { Verdict = NftVerdict.Jump("a") }, new NftElement(NftValue.Device("br1")) { Verdict = NftVerdict.Drop })
            .Add(Table, "ports", new NftElement(web) { Value = NftValue.Of(NftValue.Address(IPAddress.Parse("172.17.0.2")), NftValue.Port(80)) })
            .Add(Table, "ports6", new NftElement(NftValue.Of(NftValue.Address(IPAddress.Parse("2001:db8::1")), NftValue.Protocol(17), NftValue.Port(53))) { Value = NftValue.Of(NftValue.Address(IPAddress.Parse("fd00::2")), NftValue.Port(5353)) })
            .Add(Table, "hairpin", new NftElement(NftValue.Of(NftValue.Address(IPAddress.Parse("172.17.0.2")), NftValue.Device("br0"))))
            .Add(Table, "pre", new NftRule().ToThisHost().RedirectByPort("ports", isIpv6: false))
            .Add(Table, "pre", new NftRule().RedirectByDestination("ports6", isIpv6: true))
            .Add(Table, "post", new NftRule().SourceAndOutputDeviceIn("hairpin", isIpv6: false).DestinationReplaced().Masquerade())
            .Add(Table, "forward", new NftRule().InputDeviceVerdict("from"))
            .Add(Table, "forward", new NftRule().InputDeviceIn("devices").OutputDeviceIn("devices", isNot: true).SourceIn("networks", isIpv6: false).Do(NftVerdict.Accept));
        socket.Commit(change);
        Assert.Equal("""
            table inet k {
            	set devices {
            		type ifname
            		elements = { "br0" comment "the first",
            			     "br1" }
            	}

            	set networks {
            		type ipv4_addr
            		flags interval
            		elements = { 172.17.0.0/16 }
            	}

            	map from {
            		type ifname : verdict
            		elements = { "br0" : jump a,
            			     "br1" : drop }
            	}

            	map ports {
            		type inet_proto . inet_service : ipv4_addr . inet_service
            		elements = { tcp . 8080 : 172.17.0.2 . 80 }
            	}

            	map ports6 {
            		type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service
            		elements = { 2001:db8::1 . udp . 53 : fd00::2 . 5353 }
            	}

            	set hairpin {
            		type ipv4_addr . ifname
            		elements = { 172.17.0.2 . "br0" }
            	}

            	chain pre {
            		type nat hook prerouting priority dstnat; policy accept;
            		fib daddr type local dnat ip to meta l4proto . th dport map @ports
            		dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6
            	}

            	chain post {
            		type nat hook postrouting priority srcnat; policy accept;
            		ip saddr . oifname @hairpin ct status dnat masquerade
            	}

            	chain forward {
            		type filter hook forward priority filter; policy accept;
            		iifname vmap @from
            		iifname @devices oifname != @devices ip saddr @networks accept
            	}

            	chain a {
            	}
            }

            """, place.Nft("list", "table", "inet", "k"));
        Assert.Equal([Table], socket.ListTables());
        Assert.Equal(["pre", "post", "forward", "a"], socket.ListChains(Table));
        Assert.Equal(["devices", "networks", "from", "ports", "ports6", "hairpin"], socket.ListSets(Table));
        NftElement read = Assert.Single(socket.ListElements(Table, "ports"));
        Assert.Equal((Convert.ToHexString(web), "AC11000200500000"), (Convert.ToHexString(read.Key), Convert.ToHexString(read.Value)));
        Assert.Single(socket.ListElements(Table, "networks"));
        Assert.Equal(2, socket.ListElements(Table, "from").Count);
    }

    [RootFact]
    public void A_change_is_made_whole_or_not_at_all_and_the_error_says_what_was_wrong()
    {
        NftBatch change = new NftBatch().Add(Table).Add(Table, new NftChain("a")).Add(Table, "absent", new NftRule().Do(NftVerdict.Accept)).Add(Table, new NftChain("b"));
        LinuxException error = Assert.Throws<LinuxException>(() => socket.Commit(change));
        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.StartsWith("add rule to inet k absent: ENOENT", error.Message, StringComparison.Ordinal);
        Assert.Empty(socket.ListTables());
        socket.Commit(new NftBatch().Add(Table));
        Assert.Equal([Table], socket.ListTables());
    }

    [RootFact]
    public void What_is_there_is_made_again_replaced_and_removed()
    {
        NftElement element = new(NftValue.Device("br0"));
        NftBatch make = new NftBatch().Add(Table).Add(Table, new NftSet("s", NftType.Device)).Add(Table, new NftChain("a")).Add(Table, "a", new NftRule().Do(NftVerdict.Accept)).Add(Table, "s", element);
        socket.Commit(make);
        socket.Commit(make);
        Assert.Single(socket.ListElements(Table, "s"));
        socket.Commit(new NftBatch().Remove(Table, "s", element).RemoveChain(Table, "a").RemoveSet(Table, "s"));
        Assert.Equal("table inet k {\n}\n", place.Nft("list", "ruleset"));
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => socket.Commit(new NftBatch().RemoveSet(Table, "s"))).Errno);
        socket.Commit(new NftBatch().Add(Table).Remove(Table).Add(Table).Add(Table, new NftChain("b")));
        Assert.Equal(["b"], socket.ListChains(Table));
        socket.Commit(new NftBatch().Remove(Table));
        Assert.Equal("", place.Nft("list", "ruleset"));
    }

    [RootFact]
    public void Ten_thousand_elements_are_one_change()
    {
        NftElement[] elements = [.. Enumerable.Range(1, 10_000).Select(port => new NftElement(NftValue.Of(NftValue.Protocol(6), NftValue.Port(port))) { Value = NftValue.Of(NftValue.Address(IPAddress.Parse("10.0.0.1")), NftValue.Port(80)) })];
        NftSet map = new("m", NftType.Of(NftType.Protocol, NftType.Port)) { Value = NftType.Of(NftType.Ipv4, NftType.Port) };
        socket.Commit(new NftBatch().Add(Table).Add(Table, map).Add(Table, "m", elements));
        Assert.Equal(10_000, socket.ListElements(Table, "m").Count);
        socket.Commit(new NftBatch().Remove(Table, "m", elements[..9_999]));
        Assert.Equal(elements[^1].Key, Assert.Single(socket.ListElements(Table, "m")).Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a-name-that-is-16")]
    public void Names_that_no_device_has_are_refused(string name) => Assert.Throws<KeelsonException>(() => new NftRule().InputDevice(name));

    [Fact]
    public void A_comment_that_does_not_fit_is_refused() =>
        Assert.Throws<KeelsonException>(() => new NftBatch().Add(Table, "s", new NftElement(NftValue.Device("a")) { Comment = new string('x', 128) }));
}
