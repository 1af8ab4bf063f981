using System.Net;
using Keelson.Netlink.Netfilter;
using Keelson.Network.Ipam;

namespace Keelson.Network.Bridge;

/// <summary>The packet filters of networks on bridges: one table, in which a packet finds its network and port by maps, however many there are.</summary>
/// <remarks>
/// <code>
///   prerouting, output (nat)   to an address of this host ─ publish: (address, protocol, port) or (protocol, port) ─ map ─ container
///   guard (before all)         to 127.0.0.0/8 from outside: dropped
///   forward                    from a device ─ map ─ from-DEVICE   what may leave: of an internal network nothing
///                              to a device   ─ map ─ to-DEVICE     what may enter: replies, neighbours, published ports
///   postrouting (nat)          from a network ─ map ─ nat-DEVICE   what gets an address of the host
/// </code>
/// All of a change is one transaction. Other tables may drop what this one lets pass; a table of the operator's with a chain before priority 0 of the hook "forward" is what iptables had DOCKER-USER for.
/// </remarks>
public sealed class BridgeRules
{
    private const string Publish = "publish", Leaving = "leaving", Entering = "entering", Open4 = "open4", Open6 = "open6";
    private const byte IPPROTO_ICMP = 1, IPPROTO_ICMPV6 = 58;
    private static readonly IPNetwork Loopback = IPNetwork.Parse("127.0.0.0/8"), Loopback6 = IPNetwork.Parse("::1/128");

    /// <summary>Makes the rules of one engine.</summary>
    /// <param name="name">Name of its table, which is its alone.</param>
    public BridgeRules(string name) => Table = new(NftFamily.Inet, name);

    /// <summary>The table.</summary>
    public NftTable Table { get; }

    /// <summary>Everything anew: what was there is gone with the same change.</summary>
    /// <param name="networks">All networks.</param>
    /// <param name="ports">All published ports, with their networks.</param>
    public NftBatch Rebuild(IEnumerable<NetworkInfo> networks, IEnumerable<(NetworkInfo Network, PublishedPort Port)> ports)
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(ports);
        NftBatch batch = new NftBatch().Add(Table).Remove(Table).Add(Table);
        foreach (bool isIpv6 in (bool[])[false, true])
        {
            (NftType address, string family) = (isIpv6 ? NftType.Ipv6 : NftType.Ipv4, isIpv6 ? "6" : "4");
            NftType target = NftType.Of(address, NftType.Port);
            batch.Add(Table, new NftSet("publish" + family, NftType.Of(NftType.Protocol, NftType.Port)) { Value = target })
                .Add(Table, new NftSet("publish-at" + family, NftType.Of(address, NftType.Protocol, NftType.Port)) { Value = target })
                .Add(Table, new NftSet("open" + family, NftType.Of(address, NftType.Protocol, NftType.Port)))
                .Add(Table, new NftSet("nat" + family, address) { HasRanges = true, Value = NftType.Verdict });
        }
        batch.Add(Table, new NftSet(Leaving, NftType.Device) { Value = NftType.Verdict }).Add(Table, new NftSet(Entering, NftType.Device) { Value = NftType.Verdict });
        // The address ::1 leaves no device, whatever is asked for: a process listens there.
        batch.Add(Table, new NftChain(Publish)).Add(Table, Publish, new NftRule().Destination(Loopback6).Do(NftVerdict.Return));
        foreach (bool isIpv6 in (bool[])[false, true])
        {
            batch.Add(Table, Publish, new NftRule().RedirectByDestination(isIpv6 ? "publish-at6" : "publish-at4", isIpv6))
                .Add(Table, Publish, new NftRule().Family(isIpv6).RedirectByPort(isIpv6 ? "publish6" : "publish4", isIpv6));
        }
        batch.Add(Table, new NftChain("guard") { Hook = NftHook.Prerouting, Priority = NftPriority.Raw })
            .Add(Table, "guard", new NftRule { Comment = "what is published at 127.0.0.1 is for this host" }.InputDevice("lo", isNot: true).Destination(Loopback).Do(NftVerdict.Drop))
            .Add(Table, new NftChain("prerouting") { Hook = NftHook.Prerouting, Type = "nat", Priority = NftPriority.DestinationNat })
            .Add(Table, "prerouting", new NftRule().ToThisHost().Do(NftVerdict.Jump(Publish)))
            .Add(Table, new NftChain("output") { Hook = NftHook.Output, Type = "nat", Priority = NftPriority.DestinationNat })
            .Add(Table, "output", new NftRule().ToThisHost().Do(NftVerdict.Jump(Publish)))
            .Add(Table, new NftChain("forward") { Hook = NftHook.Forward })
            .Add(Table, "forward", new NftRule().InputDeviceVerdict(Leaving))
            .Add(Table, "forward", new NftRule().OutputDeviceVerdict(Entering))
            .Add(Table, new NftChain("postrouting") { Hook = NftHook.Postrouting, Type = "nat", Priority = NftPriority.SourceNat })
            .Add(Table, "postrouting", new NftRule { Comment = "from 127.0.0.1 to a container" }.Source(Loopback).DestinationReplaced().Masquerade())
            .Add(Table, "postrouting", new NftRule().SourceVerdict("nat4", isIpv6: false))
            .Add(Table, "postrouting", new NftRule().SourceVerdict("nat6", isIpv6: true));
        foreach (NetworkInfo network in networks) Add(batch, network);
        foreach ((NetworkInfo network, PublishedPort port) in ports) Add(batch, network, port);
        return batch;
    }

    /// <summary>Adds a network.</summary>
    public void Add(NftBatch batch, NetworkInfo network)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(network);
        string device = network.Device, from = "from-" + device, to = "to-" + device, nat = "nat-" + device;
        foreach (string chain in (string[])[from, to, nat]) batch.Add(Table, new NftChain(chain));
        if (network.IsInternal) batch.Add(Table, from, new NftRule().OutputDevice(device, isNot: true).Do(NftVerdict.Drop));
        AddEntrance(batch, network, to);
        AddNat(batch, network, nat);
        batch.Add(Table, Leaving, new NftElement(NftValue.Device(device)) { Verdict = NftVerdict.Jump(from), Comment = Comment(network) })
            .Add(Table, Entering, new NftElement(NftValue.Device(device)) { Verdict = NftVerdict.Jump(to), Comment = Comment(network) });
        foreach (bool isIpv6 in (bool[])[false, true])
            if (Range(network, isIpv6) is { } range) batch.Add(Table, isIpv6 ? "nat6" : "nat4", range with { Verdict = NftVerdict.Jump(nat) });
    }

    /// <summary>Removes a network, of which no port is published any more.</summary>
    public void Remove(NftBatch batch, NetworkInfo network)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(network);
        batch.Remove(Table, Leaving, new NftElement(NftValue.Device(network.Device))).Remove(Table, Entering, new NftElement(NftValue.Device(network.Device)));
        foreach (bool isIpv6 in (bool[])[false, true])
            if (Range(network, isIpv6) is { } range) batch.Remove(Table, isIpv6 ? "nat6" : "nat4", range);
        foreach (string chain in (string[])["from-", "to-", "nat-"]) batch.RemoveChain(Table, chain + network.Device);
    }

    /// <summary>Publishes a port.</summary>
    public void Add(NftBatch batch, NetworkInfo network, PublishedPort port)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach ((string set, NftElement element) in Elements(network, port)) batch.Add(Table, set, element);
    }

    /// <summary>Publishes a port no more.</summary>
    /// <param name="batch">The change.</param>
    /// <param name="network">The network.</param>
    /// <param name="port">The port.</param>
    /// <param name="others">What stays published of the network.</param>
    public void Remove(NftBatch batch, NetworkInfo network, PublishedPort port, IReadOnlyCollection<PublishedPort> others)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach ((string set, NftElement element) in Elements(network, port))
        {
            // A container's port may be reached at several of the host's.
            bool isShared = set is Open4 or Open6 && others.Any(other => other.Protocol == port.Protocol && other.Container.Equals(port.Container));
            if (!isShared) batch.Remove(Table, set, element);
        }
    }

    private void AddEntrance(NftBatch batch, NetworkInfo network, string chain)
    {
        if (network.IsInternal)
        {
            batch.Add(Table, chain, new NftRule().InputDevice(network.Device, isNot: true).Do(NftVerdict.Drop));
            if (!network.AllowsNeighbours) batch.Add(Table, chain, new NftRule().Do(NftVerdict.Drop));
            return;
        }
        batch.Add(Table, chain, new NftRule().Established().Do(NftVerdict.Accept));
        if (network.AllowsNeighbours) batch.Add(Table, chain, new NftRule().InputDevice(network.Device).Do(NftVerdict.Accept));
        foreach (bool isIpv6 in (bool[])[false, true])
        {
            if (!network.Has(isIpv6)) continue;
            string open = isIpv6 ? Open6 : Open4;
            switch (network.Mode(isIpv6))
            {
                // Who knows the container's address and has a route to it does not get in by that.
                case GatewayMode.Nat: batch.Add(Table, chain, new NftRule().Family(isIpv6).DestinationReplaced().Do(NftVerdict.Accept)); break;
                case GatewayMode.NatUnprotected: batch.Add(Table, chain, new NftRule().Family(isIpv6).Do(NftVerdict.Accept)); break;
                case GatewayMode.Routed:
                    batch.Add(Table, chain, new NftRule().DestinationAndPortIn(open, isIpv6).Do(NftVerdict.Accept));
                    batch.Add(Table, chain, new NftRule().Protocol(isIpv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP).Do(NftVerdict.Accept));
                    break;
                case GatewayMode.Isolated: break;
            }
        }
        batch.Add(Table, chain, new NftRule().Do(NftVerdict.Drop));
    }

    private void AddNat(NftBatch batch, NetworkInfo network, string chain)
    {
        if (network.IsInternal) return;
        // A container that reaches itself or a neighbour by an address of the host: the answer must come back by the host too.
        batch.Add(Table, chain, new NftRule().OutputDevice(network.Device).DestinationReplaced().Masquerade());
        if (!network.Masquerades) return;
        foreach (bool isIpv6 in (bool[])[false, true])
        {
            if (!network.Has(isIpv6) || network.Mode(isIpv6) is not (GatewayMode.Nat or GatewayMode.NatUnprotected)) continue;
            NftRule rule = new NftRule().Family(isIpv6).OutputDevice(network.Device, isNot: true);
            batch.Add(Table, chain, !isIpv6 && network.HostAddress4 is { } address ? rule.ComeFrom(address) : rule.Masquerade());
        }
    }

    /// <summary>What a port is in the sets: where it is reached, or that it is open at the container's own address.</summary>
    private static IEnumerable<(string Set, NftElement Element)> Elements(NetworkInfo network, PublishedPort port)
    {
        string family = port.IsIpv6 ? "6" : "4";
        (byte[] protocol, byte[] hostPort, byte[] address, byte[] own) = (NftValue.Protocol(port.Protocol), NftValue.Port(port.HostPort), NftValue.Address(port.Container.Address), NftValue.Port(port.Container.Port));
        if (network.Mode(port.IsIpv6) == GatewayMode.Routed) yield return ("open" + family, new(NftValue.Of(address, protocol, own)));
        if (network.ObeysHostFirewall || network.Mode(port.IsIpv6) is not (GatewayMode.Nat or GatewayMode.NatUnprotected) || port.HostAddress.IsIpv6 != port.IsIpv6) yield break;
        byte[] key = port.IsAtAll ? NftValue.Of(protocol, hostPort) : NftValue.Of(NftValue.Address(port.HostAddress), protocol, hostPort);
        yield return ((port.IsAtAll ? "publish" : "publish-at") + family, new(key) { Value = NftValue.Of(address, own) });
    }

    private static NftElement? Range(NetworkInfo network, bool isIpv6)
    {
        if ((isIpv6 ? network.Ipv6 : network.Ipv4) is not { } subnet) return null;
        UInt128 behind = subnet.Last + 1;
        bool isLast = isIpv6 ? behind == 0 : behind > uint.MaxValue;
        return new(NftValue.Address(subnet.BaseAddress)) { End = isLast ? null : NftValue.Address(Addresses.Of(behind, isIpv6)) };
    }

    private static string Comment(NetworkInfo network) => network.Name.Length <= 100 ? network.Name : network.Name[..100];
}
