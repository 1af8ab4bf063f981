using System.Net;
using System.Runtime.InteropServices;

namespace Keelson.Netlink;

/// <summary>Which address of the link layer an IP address has; on a bridge, which port an address of the link layer is at. rtnetlink(7) RTM_NEWNEIGH.</summary>
public sealed record NeighbourMessage
{
    internal const ushort RTM_NEWNEIGH = 28, RTM_DELNEIGH = 29, RTM_GETNEIGH = 30;
    private const ushort NDA_DST = 1, NDA_LLADDR = 2;

    /// <summary>It stays until somebody removes it: NUD_PERMANENT.</summary>
    public const ushort Permanent = 0x80;

    /// <summary>Number of the device.</summary>
    public required int LinkIndex { get; init; }

    /// <summary>The IP address; of an overlay the host that the address of the link layer is behind. <see langword="null"/>: of a bridge, none.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The address of the link layer; empty while it is not known.</summary>
    public ReadOnlyMemory<byte> HardwareAddress { get; init; }

    /// <summary>How sure it is: NUD_* bits.</summary>
    public ushort State { get; init; } = Permanent;

    /// <summary>Whether it is about a bridge or overlay, and not about IP.</summary>
    public bool IsOfBridge { get; init; }

    private const byte AF_BRIDGE = 7, NTF_SELF = 2;

    /// <summary>Reads what follows the header of a message.</summary>
    public static NeighbourMessage Parse(ReadOnlySpan<byte> payload)
    {
        AttributeReader attributes = AttributeReader.After(payload, out NeighbourHeader header);
        NeighbourMessage neighbour = new() { LinkIndex = header.LinkIndex, State = header.State, IsOfBridge = header.Family == AF_BRIDGE };
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case NDA_DST when attributes.Value.Length is 4 or 16: neighbour = neighbour with { Address = new(attributes.Value) }; break;
                case NDA_LLADDR: neighbour = neighbour with { HardwareAddress = attributes.Value.ToArray() }; break;
            }
        }
        return neighbour;
    }

    /// <summary>Writes what follows the header of a request.</summary>
    internal void Write(ref MessageWriter message)
    {
        byte family = IsOfBridge ? AF_BRIDGE : Address is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } ? AddressMessage.AF_INET6 : AddressMessage.AF_INET;
        message.Append(new NeighbourHeader { Family = family, LinkIndex = LinkIndex, State = State, Flags = IsOfBridge ? NTF_SELF : (byte)0 });
        if (Address is not null) message.Attribute(NDA_DST, Address.GetAddressBytes());
        if (!HardwareAddress.IsEmpty) message.Attribute(NDA_LLADDR, HardwareAddress.Span);
    }
}

/// <summary><c>struct ndmsg</c>: the fixed part of messages about neighbours.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NeighbourHeader
{
    public byte Family;
    private readonly byte padding1;
    private readonly ushort padding2;
    public int LinkIndex;
    public ushort State;
    public byte Flags, Type;
}
