using System.Net;
using Keelson.Netlink.Netfilter;
using Keelson.Network.Bridge;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Tests;

/// <summary>A host of a test's own, with a machine beside it that has routes to its networks of containers.</summary>
/// <remarks>
/// <code>
///   peer 198.51.100.2, 2001:db8::2 ── host 198.51.100.1, 2001:db8::1 ── bridges ── containers
/// </code>
/// </remarks>
internal sealed class World : IDisposable
{
    public const string HostAddress = "198.51.100.1", HostAddress6 = "2001:db8::1", PeerAddress = "198.51.100.2";

    private readonly string folder = TestDirectory.Make("network");
    private readonly List<Place> places = [];
    private readonly List<NetworkInfo> networks = [];
    private readonly List<(NetworkInfo Network, PublishedPort Port)> ports = [];
    private int count;

    public World()
    {
        Host = Make("host");
        Peer = Make("peer");
        Host.Ip("link add up0 type veth peer name eth0 netns /proc/self/fd/0", Peer);
        Host.Ip("address add 198.51.100.1/24 dev up0");
        Host.Ip("address add 2001:db8::1/64 dev up0 nodad");
        Host.Ip("link set up0 up");
        Host.Ip("link set lo up");
        Peer.Ip("link set lo up");
        Peer.Ip("address add 198.51.100.2/24 dev eth0");
        Peer.Ip("address add 2001:db8::2/64 dev eth0 nodad");
        Peer.Ip("link set eth0 up");
        // It knows the way to all that is behind the host.
        Peer.Ip("route add 172.16.0.0/12 via 198.51.100.1");
        Peer.Ip("route add fd00::/8 via 2001:db8::1");
        Devices = new(new NetworkPlace(Host.File));
        Rules = new("keelson");
        Filters = NftSocket.Open(Host.File);
        Filters.Commit(Rules.Rebuild([], []));
    }

    public Place Host { get; }

    public Place Peer { get; }

    public BridgeDevices Devices { get; }

    public BridgeRules Rules { get; }

    public NftSocket Filters { get; }

    /// <summary>Lays a network.</summary>
    public NetworkInfo Lay(NetworkInfo network)
    {
        NftBatch batch = new();
        Rules.Add(batch, network);
        Filters.Commit(batch);
        Devices.Make(network);
        networks.Add(network);
        return network;
    }

    /// <summary>A network of number n: 172.(20+n).0.0/16 and fd00:n::/64.</summary>
    public static NetworkInfo Network(int n, bool hasIpv6 = true) => new()
    {
        Id = $"{n:x64}", Name = $"net{n}", Device = $"br{n}", Ipv4 = IPNetwork.Parse($"172.{20 + n}.0.0/16"), Gateway4 = IPAddress.Parse($"172.{20 + n}.0.1"),
        Ipv6 = hasIpv6 ? IPNetwork.Parse($"fd00:{n}::/64") : null, Gateway6 = hasIpv6 ? IPAddress.Parse($"fd00:{n}::1") : null,
    };

    /// <summary>Starts a container in a network: its address ends in a number of its own, from 2 on.</summary>
    public Place Join(NetworkInfo network, int last)
    {
        Place container = Make($"c{++count}");
        container.Ip("link set lo up");
        bool hasIpv6 = network.Ipv6 is not null;
        (byte[] ipv4, byte[]? ipv6) = (network.Ipv4!.Value.BaseAddress.GetAddressBytes(), network.Ipv6?.BaseAddress.GetAddressBytes());
        ipv4[3] = (byte)last;
        if (hasIpv6) ipv6![15] = (byte)last;
        container.Ipv4 = new(ipv4);
        container.Ipv6 = hasIpv6 ? new(ipv6!) : null;
        container.Endpoint = new()
        {
            Id = $"{count:x13}{Guid.NewGuid():N}0000000000000000000", Ipv4 = container.Ipv4, Ipv6 = container.Ipv6, HardwareAddress = BridgeEndpoint.MakeHardwareAddress(container.Ipv4),
        };
        Devices.Join(network, container.Endpoint, container.File);
        return container;
    }

    /// <summary>Publishes a port of a container.</summary>
    public PublishedPort Publish(NetworkInfo network, string at, int hostPort, IPAddress container, int port, byte protocol = PublishedPort.Tcp)
    {
        PublishedPort published = new(protocol, IPAddress.Parse(at), hostPort, new(container, port));
        NftBatch batch = new();
        Rules.Add(batch, network, published);
        Filters.Commit(batch);
        ports.Add((network, published));
        return published;
    }

    /// <summary>Lays all rules anew.</summary>
    public void Restore() => Filters.Commit(Rules.Rebuild(networks, ports));

    public void Dispose()
    {
        Filters?.Dispose();
        Devices?.Dispose();
        for (int i = places.Count - 1; i >= 0; i--) places[i].Dispose();
        TestDirectory.Remove(folder);
    }

    private Place Make(string name)
    {
        Place made = new($"{folder}/{name}");
        places.Add(made);
        return made;
    }
}
