using System.Runtime.InteropServices;

namespace Keelson.Netlink;

/// <summary>A network device as the kernel describes it. rtnetlink(7) RTM_NEWLINK.</summary>
public sealed record LinkMessage
{
    internal const ushort RTM_NEWLINK = 16, RTM_DELLINK = 17, RTM_GETLINK = 18;
    internal const ushort IFLA_ADDRESS = 1, IFLA_IFNAME = 3, IFLA_MTU = 4, IFLA_LINK = 5, IFLA_MASTER = 10, IFLA_OPERSTATE = 16, IFLA_LINKINFO = 18, IFLA_IFALIAS = 20, IFLA_NET_NS_FD = 28, IFLA_ALT_IFNAME = 53;
    internal const ushort IFLA_INFO_KIND = 1, IFLA_INFO_DATA = 2;

    /// <summary>RFC 2863 "up".</summary>
    private const byte IF_OPER_UP = 6;

    /// <summary>Longest name of a device, in bytes: IFNAMSIZ without the zero byte. Other names of it may be longer.</summary>
    public const int MaximumNameBytes = 15;

    /// <summary>Number of the device in its network namespace, from 1.</summary>
    public required int Index { get; init; }

    /// <summary>Its name, at most 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>Its state.</summary>
    public LinkFlags Flags { get; init; }

    /// <summary>Longest packet in bytes.</summary>
    public uint Mtu { get; init; }

    /// <summary>Address of the link layer: 6 bytes on Ethernet; empty when it has none.</summary>
    public ReadOnlyMemory<byte> HardwareAddress { get; init; }

    /// <summary>What it is: <c>veth</c>, <c>bridge</c>, <c>macvlan</c>; empty for hardware and the loopback device.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Number of the bridge that it is a port of; 0: of none.</summary>
    public int MasterIndex { get; init; }

    /// <summary>Number of the device that it is on, or of a veth's other end, in its own namespace; 0: none.</summary>
    public int ParentIndex { get; init; }

    /// <summary>What somebody has written on it; empty by default.</summary>
    public string Alias { get; init; } = "";

    /// <summary>Whether it is set up and has a carrier, and the kernel has done what follows from that: a port of a bridge passes packets. IF_OPER_UP.</summary>
    public bool IsRunning { get; init; }

    /// <summary>Whether it is set up.</summary>
    public bool IsUp => (Flags & LinkFlags.IFF_UP) != 0;

    /// <summary>Reads what follows the header of a message.</summary>
    public static LinkMessage Parse(ReadOnlySpan<byte> payload)
    {
        AttributeReader attributes = AttributeReader.After(payload, out LinkHeader header);
        LinkMessage link = new() { Index = header.Index, Flags = header.Flags, Name = "" };
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case IFLA_IFNAME: link = link with { Name = attributes.Text }; break;
                case IFLA_MTU: link = link with { Mtu = attributes.As<uint>() }; break;
                case IFLA_ADDRESS: link = link with { HardwareAddress = attributes.Value.ToArray() }; break;
                case IFLA_MASTER: link = link with { MasterIndex = attributes.As<int>() }; break;
                case IFLA_LINK: link = link with { ParentIndex = attributes.As<int>() }; break;
                case IFLA_OPERSTATE: link = link with { IsRunning = attributes.As<byte>() == IF_OPER_UP }; break;
                case IFLA_IFALIAS: link = link with { Alias = attributes.Text }; break;
                case IFLA_LINKINFO: link = link with { Kind = KindIn(attributes.Value) }; break;
            }
        }
        return link;
    }

    private static string KindIn(ReadOnlySpan<byte> information)
    {
        AttributeReader parts = new(information);
        while (parts.Read())
            if (parts.Type == IFLA_INFO_KIND) return parts.Text;
        return "";
    }
}

/// <summary><c>struct ifinfomsg</c>: the fixed part of messages about links.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinkHeader
{
    public byte Family;
    private readonly byte padding;
    public ushort Type;
    public int Index;
    public LinkFlags Flags;
    /// <summary>Which flags are to be changed.</summary>
    public LinkFlags Change;
}
