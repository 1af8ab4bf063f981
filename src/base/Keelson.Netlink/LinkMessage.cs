using System.Runtime.InteropServices;

namespace Keelson.Netlink;

/// <summary>A network device as the kernel describes it. rtnetlink(7) RTM_NEWLINK.</summary>
public sealed record LinkMessage
{
    internal const ushort RTM_NEWLINK = 16, RTM_GETLINK = 18;
    internal const ushort IFLA_ADDRESS = 1, IFLA_IFNAME = 3, IFLA_MTU = 4, IFLA_NET_NS_FD = 28, IFLA_ALT_IFNAME = 53;

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
            }
        }
        return link;
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
