using System.Net;
using System.Text.Json.Nodes;
using Keelson.Linux;

namespace Keelson.Netlink.Tests;

/// <summary>Devices, addresses and routes that are made; iproute2 says what is true.</summary>
public sealed class RouteBatchTests : IDisposable
{
    private readonly NetworkNamespace here, there;
    private readonly RouteSocket socket, other;

    public RouteBatchTests()
    {
        if (Needs.Missing(Need.Root) is { } reason) Assert.Skip(reason);
        (here, there) = (new NetworkNamespace(), new NetworkNamespace());
        (socket, other) = (RouteSocket.Open(here.File), RouteSocket.Open(there.File));
    }

    public void Dispose()
    {
        socket?.Dispose();
        other?.Dispose();
        here?.Dispose();
        there?.Dispose();
    }

    [RootFact]
    public void A_container_is_joined_to_a_bridge_and_reaches_it()
    {
        socket.Run(new RouteBatch()
            .Add(new NewLink("br0", new BridgeKind { SnoopsMulticast = false }) { Index = 100, Mtu = 1400, HardwareAddress = Hardware(1), IsUp = true }).SetAlias(100, "network of a test")
            .Add(Address(100, "10.9.0.1", 24)).Add(Address(100, "fd00:9::1", 64))
            .Add(new NewLink("ve0", new VethKind(new NewLink("eth0", new VethPeerKind()) { Index = 7, Namespace = there.File, Mtu = 1400, HardwareAddress = Hardware(2) })) { Index = 101, Mtu = 1400, MasterIndex = 100, IsUp = true }));
        other.Run(new RouteBatch().SetUp(1).SetUp(7).Add(Address(7, "10.9.0.2", 24)).Add(Address(7, "fd00:9::2", 64))
            .Add(new RouteMessage { Destination = IPNetwork.Parse("0.0.0.0/0"), Gateway = IPAddress.Parse("10.9.0.1") })
            .Add(new RouteMessage { Destination = IPNetwork.Parse("::/0"), Gateway = IPAddress.Parse("fd00:9::1"), LinkIndex = 7, Priority = 50 })
            .Add(new RouteMessage { Destination = IPNetwork.Parse("192.0.2.0/24"), LinkIndex = 7, Source = IPAddress.Parse("10.9.0.2") }));
        JsonNode bridge = here.Device("br0")!, inner = there.Device("eth0")!;
        Assert.Equal((100, 1400, "02:00:00:00:00:01", "network of a test", 0),
            ((int)bridge["ifindex"]!, (int)bridge["mtu"]!, (string)bridge["address"]!, (string)bridge["ifalias"]!, (int)bridge["linkinfo"]!["info_data"]!["mcast_snooping"]!));
        Assert.Equal((7, "02:00:00:00:00:02", "br0"), ((int)inner["ifindex"]!, (string)inner["address"]!, (string)here.Device("ve0")!["master"]!));
        Assert.Contains("default via 10.9.0.1 dev eth0 proto static", there.Ip("route"), StringComparison.Ordinal);
        Assert.Contains("192.0.2.0/24 dev eth0 proto static scope link src 10.9.0.2", there.Ip("route"), StringComparison.Ordinal);
        Assert.Contains("default via fd00:9::1 dev eth0 proto static metric 50", there.Ip("-6", "route"), StringComparison.Ordinal);
        Assert.Equal("0", there.Run("ping", "-c1", "-W5", "10.9.0.1").ExitCode.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains(other.ListRoutes(), route => route.ToString() == "0.0.0.0/0 via 10.9.0.1" && route.LinkIndex == 7);
        Assert.Contains(other.ListRoutes(), route => route.Destination.ToString() == "192.0.2.0/24" && route.Source!.ToString() == "10.9.0.2");
        Assert.Contains(other.ListNeighbours(), neighbour => neighbour.Address?.ToString() == "10.9.0.1" && Convert.ToHexString(neighbour.HardwareAddress.Span) == "020000000001");
        LinkMessage port = socket.FindLink("ve0")!, made = socket.FindLink("br0")!;
        Assert.Equal(("veth", 100, 7, "bridge", "network of a test"), (port.Kind, port.MasterIndex, port.ParentIndex, made.Kind, made.Alias));
    }

    [RootTheory]
    [InlineData(125_000UL, 16_384u, 100_000u, "rate 1Mbit burst 16Kb")]
    [InlineData(12_500_000_000UL, 1_048_576u, 200_000_000u, "rate 100Gbit burst 10")]
    public void A_device_sends_as_fast_as_it_may(ulong bytesPerSecond, uint burst, uint queue, string told)
    {
        socket.Run(new RouteBatch().Add(new NewLink("ve0", new VethKind(new NewLink("ve1", new VethPeerKind())))));
        int index = socket.FindLink("ve0")!.Index;
        // The second in place of the first.
        foreach (ulong rate in (ulong[])[2 * bytesPerSecond, bytesPerSecond]) socket.Run(new RouteBatch().Limit(index, new TokenBucket(rate, burst, queue)));
        Assert.Contains(told, here.Run("tc", "qdisc", "show", "dev", "ve0").Stdout, StringComparison.Ordinal);
        LinuxException refused = Assert.Throws<LinuxException>(() => socket.Run(new RouteBatch().Limit(index + 1000, new TokenBucket(bytesPerSecond, burst, queue))));
        Assert.Equal((Errno.ENODEV, "limit the rate of network device"), (refused.Errno, refused.Operation));
    }

    [RootFact]
    public void A_device_runs_when_its_other_end_is_up_and_changes_its_address()
    {
        socket.Run(new RouteBatch().Add(new NewLink("ve0", new VethKind(new NewLink("ve1", new VethPeerKind())) { }) { IsUp = true }));
        LinkMessage made = socket.FindLink("ve0")!;
        Assert.True(made is { IsUp: true, IsRunning: false });
        socket.Run(new RouteBatch().SetUp(socket.FindLink("ve1")!.Index).SetHardwareAddress(made.Index, Hardware(9)));
        Condition.Await("the device to run", () => socket.FindLink("ve0")!.IsRunning);
        Assert.Equal("02:00:00:00:00:09", (string)here.Device("ve0")!["address"]!);
    }

    [RootFact]
    public void A_port_is_isolated_and_gets_back_what_it_sent()
    {
        socket.Run(new RouteBatch().Add(new NewLink("br0", new BridgeKind())).Add(new NewLink("ve0", new VethKind(new NewLink("ve1", new VethPeerKind())))));
        (int bridge, int port) = (socket.FindLink("br0")!.Index, socket.FindLink("ve0")!.Index);
        socket.Run(new RouteBatch().SetMaster(port, bridge).SetPort(port, isIsolated: true, isHairpin: true).SetMtu(port, 1300));
        JsonNode told = here.Device("ve0")!;
        Assert.Equal((true, true, 1300), ((bool)told["linkinfo"]!["info_slave_data"]!["isolated"]!, (bool)told["linkinfo"]!["info_slave_data"]!["hairpin"]!, (int)told["mtu"]!));
        socket.Run(new RouteBatch().SetMaster(port, 0).RemoveLink("br0").RemoveLink("ve1"));
        Assert.Equal(["lo"], here.Devices);
    }

    [RootTheory]
    [InlineData(MacvlanMode.Bridge, "bridge")]
    [InlineData(MacvlanMode.Private, "private")]
    [InlineData(MacvlanMode.Vepa, "vepa")]
    [InlineData(MacvlanMode.Passthru, "passthru")]
    public void A_device_is_made_on_another(MacvlanMode mode, string name)
    {
        socket.Add(new NewLink("ve0", new VethKind(new NewLink("ve1", new VethPeerKind()))));
        int parent = socket.FindLink("ve0")!.Index;
        socket.Add(new NewLink("eth0", new MacvlanKind(parent, mode)) { Namespace = there.File });
        JsonNode made = there.Device("eth0")!;
        Assert.Equal((name, parent), ((string)made["linkinfo"]!["info_data"]!["mode"]!, other.FindLink("eth0")!.ParentIndex));
    }

    [RootFact]
    public void What_fails_is_named_and_what_comes_after_it_is_done()
    {
        RouteBatch changes = new RouteBatch().Add(new NewLink("br0", new BridgeKind())).Add(new NewLink("br0", new BridgeKind())).Add(new NewLink("br1", new BridgeKind()));
        LinuxException error = Assert.Throws<LinuxException>(() => socket.Run(changes));
        Assert.Equal(Errno.EEXIST, error.Errno);
        Assert.StartsWith("add bridge device br0: EEXIST", error.Message, StringComparison.Ordinal);
        Assert.Equal(["lo", "br0", "br1"], here.Devices);
        Assert.Contains("absent", Assert.Throws<LinuxException>(() => socket.Run(new RouteBatch().RemoveLink("absent"))).Message, StringComparison.Ordinal);
        Assert.Contains("EOPNOTSUPP", Assert.Throws<LinuxException>(() => socket.Add(new NewLink("x", new OddKind()))).Message, StringComparison.Ordinal);
    }

    [RootFact]
    public void Hundreds_of_changes_are_made_at_once()
    {
        RouteBatch changes = new();
        for (int i = 0; i < 300; i++) changes.Add(Address(1, $"10.7.{i / 250}.{i % 250 + 1}", 32));
        socket.Run(changes);
        Assert.Equal(300, socket.ListAddresses(socket.FindLink("lo")!).Count(address => address.Family == AddressMessage.AF_INET));
        changes = new();
        for (int i = 0; i < 300; i++) changes.Remove(Address(1, $"10.7.{i / 250}.{i % 250 + 1}", 32));
        socket.Run(changes);
        Assert.Empty(here.Addresses("lo"));
    }

    [RootFact]
    public async Task Who_watches_hears_of_changes()
    {
        using NetlinkWatch links = NetlinkWatch.Open(NetlinkSocket.NETLINK_ROUTE, [NetlinkWatch.Links], here.File), tables = NetlinkWatch.Open(NetlinkSocket.NETLINK_NETFILTER, [NetlinkWatch.Tables], here.File);
        here.Ip("link", "add", "br0", "type", "bridge");
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));
        Assert.Contains((await links.NextAsync(limit.Token)).Events, happened => happened.Type == LinkMessage.RTM_NEWLINK);
        here.Nft("add", "table", "inet", "x");
        here.Nft("flush", "ruleset");
        // NFT_MSG_DELTABLE.
        const ushort Gone = 10 << 8 | 2;
        while (!(await tables.NextAsync(limit.Token)).Events.Any(happened => happened.Type == Gone))
        {
        }
        using CancellationTokenSource stop = new();
        Task listening = ListenAsync(tables, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => NetlinkWatch.Open(NetlinkSocket.NETLINK_ROUTE, [4711], here.File)).Errno);
    }

    private static async Task ListenAsync(NetlinkWatch watch, CancellationToken stop)
    {
        while (true) await watch.NextAsync(stop);
    }

    private static byte[] Hardware(byte last) => [2, 0, 0, 0, 0, last];

    private static AddressMessage Address(int link, string address, byte prefix)
    {
        byte[] bytes = IPAddress.Parse(address).GetAddressBytes();
        return new() { Family = bytes.Length == 4 ? AddressMessage.AF_INET : AddressMessage.AF_INET6, PrefixLength = prefix, LinkIndex = link, Address = bytes, Local = bytes, Flags = bytes.Length == 4 ? AddressFlags.None : AddressFlags.IFA_F_NODAD };
    }

    private sealed record OddKind() : LinkKind("no-such-kind");
}
