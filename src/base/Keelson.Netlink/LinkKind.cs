namespace Keelson.Netlink;

/// <summary>What a network device is. ip-link(8).</summary>
/// <param name="Name">What the kernel calls it.</param>
public abstract record LinkKind(string Name)
{
    /// <summary>Number of the device that it is on; 0: of none.</summary>
    internal virtual int ParentIndex => 0;

    /// <summary>Writes what is particular to the kind.</summary>
    internal virtual void Write(ref MessageWriter message)
    {
    }
}

/// <summary>One of two devices: what one sends the other receives.</summary>
/// <param name="Peer">The other one, whose own kind is not looked at.</param>
public sealed record VethKind(NewLink Peer) : LinkKind("veth")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort VETH_INFO_PEER = 1;
        int peer = message.BeginNest(VETH_INFO_PEER);
        Peer.WriteHead(ref message);
        message.EndNest(peer);
    }
}

/// <summary>The other one of two devices.</summary>
public sealed record VethPeerKind() : LinkKind("veth");

/// <summary>A switch.</summary>
public sealed record BridgeKind() : LinkKind("bridge")
{
    /// <summary>Whether it looks into multicast and sends it to those alone who want it; the kernel does by default.</summary>
    public bool? SnoopsMulticast { get; init; }

    internal override void Write(ref MessageWriter message)
    {
        const ushort IFLA_BR_MCAST_SNOOPING = 23;
        if (SnoopsMulticast is { } snoops) message.Attribute(IFLA_BR_MCAST_SNOOPING, (byte)(snoops ? 1 : 0));
    }
}

/// <summary>A device that nothing leaves by.</summary>
public sealed record DummyKind() : LinkKind("dummy");

/// <summary>A device with an address of its own on another one.</summary>
/// <param name="Parent">Number of the other one.</param>
/// <param name="Mode">Who hears whom.</param>
public sealed record MacvlanKind(int Parent, MacvlanMode Mode = MacvlanMode.Bridge) : LinkKind("macvlan")
{
    internal override int ParentIndex => Parent;

    internal override void Write(ref MessageWriter message)
    {
        const ushort IFLA_MACVLAN_MODE = 1;
        message.Attribute(IFLA_MACVLAN_MODE, (uint)Mode);
    }
}

/// <summary>Who hears whom on one device. ip-link(8) "MACVLAN".</summary>
public enum MacvlanMode : uint
{
    /// <summary>Nobody anybody.</summary>
    Private = 1,
    /// <summary>Each other by way of a switch outside.</summary>
    Vepa = 2,
    /// <summary>Each other.</summary>
    Bridge = 4,
    /// <summary>One has the device alone.</summary>
    Passthru = 8,
}

/// <summary>A device with the link layer's address of another one.</summary>
/// <param name="Parent">Number of the other one.</param>
/// <param name="Mode">What decides where packets go.</param>
public sealed record IpvlanKind(int Parent, IpvlanMode Mode = IpvlanMode.L2) : LinkKind("ipvlan")
{
    /// <summary>Who hears whom.</summary>
    public IpvlanFlag Flag { get; init; }

    internal override int ParentIndex => Parent;

    internal override void Write(ref MessageWriter message)
    {
        const ushort IFLA_IPVLAN_MODE = 1, IFLA_IPVLAN_FLAGS = 2;
        message.Attribute(IFLA_IPVLAN_MODE, (ushort)Mode);
        if (Flag != IpvlanFlag.Bridge) message.Attribute(IFLA_IPVLAN_FLAGS, (ushort)Flag);
    }
}

/// <summary>What decides where packets of an ipvlan go. ip-link(8) "IPVLAN".</summary>
public enum IpvlanMode : ushort
{
    /// <summary>Addresses of the link layer.</summary>
    L2 = 0,
    /// <summary>Routes of the other device's namespace; no broadcasts.</summary>
    L3 = 1,
    /// <summary>The same, and its packet filters see them.</summary>
    L3S = 2,
}

/// <summary>Who hears whom on an ipvlan. ip-link(8) "IPVLAN".</summary>
public enum IpvlanFlag : ushort
{
    /// <summary>Each other.</summary>
    Bridge = 0,
    /// <summary>Nobody anybody.</summary>
    Private = 1,
    /// <summary>Each other by way of a switch outside.</summary>
    Vepa = 2,
}
