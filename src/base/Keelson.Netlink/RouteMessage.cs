using System.Net;
using System.Runtime.InteropServices;

namespace Keelson.Netlink;

/// <summary>A route. rtnetlink(7) RTM_NEWROUTE.</summary>
public sealed record RouteMessage
{
    internal const ushort RTM_NEWROUTE = 24, RTM_DELROUTE = 25, RTM_GETROUTE = 26;
    private const ushort RTA_DST = 1, RTA_OIF = 4, RTA_GATEWAY = 5, RTA_PRIORITY = 6, RTA_PREFSRC = 7, RTA_TABLE = 15;

    /// <summary>The table of routes that is looked at for all packets.</summary>
    public const uint MainTable = 254;

    /// <summary>Where it leads; everything of a family: <c>0.0.0.0/0</c>, <c>::/0</c>.</summary>
    public required IPNetwork Destination { get; init; }

    /// <summary>Who takes the packets on; <see langword="null"/>: they are for neighbours on the device.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>Number of the device; 0: the one that leads to the gateway.</summary>
    public int LinkIndex { get; init; }

    /// <summary>Of two routes to one destination the one with the lower number counts; 0: the kernel's choice.</summary>
    public uint Priority { get; init; }

    /// <summary>What packets of this host have as their source; <see langword="null"/>: the kernel's choice.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Which table it is in.</summary>
    public uint Table { get; init; } = MainTable;

    /// <summary>What becomes of the packets: RTN_*; 1 is on their way, 7 refused, 6 thrown away.</summary>
    public byte Type { get; init; } = RTN_UNICAST;

    /// <summary>Who made it: RTPROT_*; 4 for who asks by hand or program, 2 for the kernel itself.</summary>
    public byte Protocol { get; init; } = RTPROT_STATIC;

    private const byte RTN_UNICAST = 1, RTPROT_STATIC = 4, RT_SCOPE_UNIVERSE = 0, RT_SCOPE_LINK = 253, RT_TABLE_UNSPEC = 0;

    /// <summary>As people write it: <c>0.0.0.0/0 via 192.0.2.1</c>.</summary>
    public override string ToString() => Gateway is null ? Destination.ToString() : $"{Destination} via {Gateway}";

    /// <summary>Reads what follows the header of a message.</summary>
    /// <returns><see langword="null"/>: it is of neither IPv4 nor IPv6.</returns>
    public static RouteMessage? Parse(ReadOnlySpan<byte> payload)
    {
        AttributeReader attributes = AttributeReader.After(payload, out RouteHeader header);
        if (header.Family is not (AddressMessage.AF_INET or AddressMessage.AF_INET6)) return null;
        int length = header.Family == AddressMessage.AF_INET ? 4 : 16;
        (byte[] destination, IPAddress? gateway, IPAddress? source, int link, uint priority, uint table) = (new byte[length], null, null, 0, 0u, (uint)header.Table);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case RTA_DST when attributes.Value.Length == length: destination = attributes.Value.ToArray(); break;
                case RTA_GATEWAY when attributes.Value.Length == length: gateway = new(attributes.Value); break;
                case RTA_PREFSRC when attributes.Value.Length == length: source = new(attributes.Value); break;
                case RTA_OIF: link = attributes.As<int>(); break;
                case RTA_PRIORITY: priority = attributes.As<uint>(); break;
                case RTA_TABLE: table = attributes.As<uint>(); break;
            }
        }
        if (header.DestinationLength > length * 8) return null;
        return new()
        {
            Destination = Network(destination, header.DestinationLength), Gateway = gateway, Source = source, LinkIndex = link, Priority = priority, Table = table, Type = header.Type, Protocol = header.Protocol,
        };
    }

    /// <summary>Writes what follows the header of a request.</summary>
    internal void Write(ref MessageWriter message)
    {
        bool isIpv6 = Destination.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        message.Append(new RouteHeader
        {
            Family = isIpv6 ? AddressMessage.AF_INET6 : AddressMessage.AF_INET, DestinationLength = (byte)Destination.PrefixLength, Table = Table <= byte.MaxValue ? (byte)Table : RT_TABLE_UNSPEC,
            Protocol = Protocol, Scope = Gateway is null && Type == RTN_UNICAST && !isIpv6 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE, Type = Type,
        });
        if (Destination.PrefixLength > 0) message.Attribute(RTA_DST, Destination.BaseAddress.GetAddressBytes());
        if (Gateway is not null) message.Attribute(RTA_GATEWAY, Gateway.GetAddressBytes());
        if (LinkIndex != 0) message.Attribute(RTA_OIF, LinkIndex);
        if (Priority != 0) message.Attribute(RTA_PRIORITY, Priority);
        if (Source is not null) message.Attribute(RTA_PREFSRC, Source.GetAddressBytes());
        message.Attribute(RTA_TABLE, Table);
    }

    /// <summary>The kernel may keep bits behind the network's part.</summary>
    private static IPNetwork Network(byte[] address, int prefixLength)
    {
        for (int bit = prefixLength; bit < address.Length * 8; bit++) address[bit / 8] &= (byte)~(0x80 >> bit % 8);
        return new(new IPAddress(address), prefixLength);
    }
}

/// <summary><c>struct rtmsg</c>: the fixed part of messages about routes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RouteHeader
{
    public byte Family, DestinationLength, SourceLength, TypeOfService, Table, Protocol, Scope, Type;
    public uint Flags;
}
