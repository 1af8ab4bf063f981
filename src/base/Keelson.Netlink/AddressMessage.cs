using System.Net;
using System.Runtime.InteropServices;

namespace Keelson.Netlink;

/// <summary>An address of a network device. rtnetlink(7) RTM_NEWADDR.</summary>
public sealed record AddressMessage
{
    internal const ushort RTM_NEWADDR = 20, RTM_GETADDR = 22;
    private const ushort IFA_ADDRESS = 1, IFA_LOCAL = 2, IFA_LABEL = 3, IFA_BROADCAST = 4, IFA_CACHEINFO = 6, IFA_FLAGS = 8, IFA_RT_PRIORITY = 9, IFA_PROTO = 11;

    /// <summary>IPv4 and IPv6: address families. socket(2).</summary>
    public const byte AF_INET = 2, AF_INET6 = 10;

    /// <summary>A lifetime without end.</summary>
    public const uint Forever = uint.MaxValue;

    /// <summary>The flags that somebody who adds an address may ask for; the others are the kernel's answer.</summary>
    private const AddressFlags Wanted = AddressFlags.IFA_F_NODAD | AddressFlags.IFA_F_OPTIMISTIC | AddressFlags.IFA_F_HOMEADDRESS | AddressFlags.IFA_F_MANAGETEMPADDR
        | AddressFlags.IFA_F_NOPREFIXROUTE | AddressFlags.IFA_F_MCAUTOJOIN;

    /// <summary><see cref="AF_INET"/> or <see cref="AF_INET6"/>.</summary>
    public required byte Family { get; init; }

    /// <summary>Length of the network's part in bits.</summary>
    public required byte PrefixLength { get; init; }

    /// <summary>Number of the device.</summary>
    public required int LinkIndex { get; init; }

    /// <summary>How far it is valid.</summary>
    public AddressScope Scope { get; init; }

    /// <summary>Its state, and how it was asked for.</summary>
    public AddressFlags Flags { get; init; }

    /// <summary>The address, or with a peer the peer's: 4 or 16 bytes, highest first.</summary>
    public ReadOnlyMemory<byte> Address { get; init; }

    /// <summary>The device's own address. IPv4 always has it, IPv6 only with a peer.</summary>
    public ReadOnlyMemory<byte> Local { get; init; }

    /// <summary>Address of all in the network; empty without one.</summary>
    public ReadOnlyMemory<byte> Broadcast { get; init; }

    /// <summary>IPv4: name of the device, perhaps with a colon and more. <see langword="null"/>: the device's name.</summary>
    public string? Label { get; init; }

    /// <summary>Seconds for which new connections use it; <see cref="Forever"/> by default.</summary>
    public uint PreferredSeconds { get; init; } = Forever;

    /// <summary>Seconds until it goes; <see cref="Forever"/> by default.</summary>
    public uint ValidSeconds { get; init; } = Forever;

    /// <summary>Metric of the route that comes with it; 0: the kernel's choice.</summary>
    public uint RoutePriority { get; init; }

    /// <summary>Who made it: IFAPROT_*; 0: unknown. Linux 5.18.</summary>
    public byte Protocol { get; init; }

    /// <summary>As people write it: <c>192.0.2.1/24</c>.</summary>
    public override string ToString()
    {
        ReadOnlyMemory<byte> own = Local.IsEmpty ? Address : Local;
        return own.Length is 4 or 16 ? $"{new IPAddress(own.Span)}/{PrefixLength}" : $"{Convert.ToHexString(own.Span)}/{PrefixLength}";
    }

    /// <summary>Reads what follows the header of a message.</summary>
    public static AddressMessage Parse(ReadOnlySpan<byte> payload)
    {
        AttributeReader attributes = AttributeReader.After(payload, out AddressHeader header);
        AddressMessage address = new() { Family = header.Family, PrefixLength = header.PrefixLength, LinkIndex = (int)header.Index, Scope = header.Scope, Flags = (AddressFlags)header.Flags };
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case IFA_ADDRESS: address = address with { Address = attributes.Value.ToArray() }; break;
                case IFA_LOCAL: address = address with { Local = attributes.Value.ToArray() }; break;
                case IFA_BROADCAST: address = address with { Broadcast = attributes.Value.ToArray() }; break;
                case IFA_LABEL: address = address with { Label = attributes.Text }; break;
                case IFA_FLAGS: address = address with { Flags = attributes.As<AddressFlags>() }; break;
                case IFA_RT_PRIORITY: address = address with { RoutePriority = attributes.As<uint>() }; break;
                case IFA_PROTO: address = address with { Protocol = attributes.As<byte>() }; break;
                case IFA_CACHEINFO:
                    AddressLifetimes lifetimes = attributes.As<AddressLifetimes>();
                    address = address with { PreferredSeconds = lifetimes.Preferred, ValidSeconds = lifetimes.Valid };
                    break;
            }
        }
        return address;
    }

    /// <summary>Writes what follows the header of a request to add it.</summary>
    internal void Write(ref MessageWriter message)
    {
        AddressFlags flags = Flags & Wanted;
        message.Append(new AddressHeader { Family = Family, PrefixLength = PrefixLength, Flags = (byte)flags, Scope = Scope, Index = (uint)LinkIndex });
        if (!Address.IsEmpty) message.Attribute(IFA_ADDRESS, Address.Span);
        if (!Local.IsEmpty) message.Attribute(IFA_LOCAL, Local.Span);
        if (!Broadcast.IsEmpty) message.Attribute(IFA_BROADCAST, Broadcast.Span);
        if (Label is { } label) message.Attribute(IFA_LABEL, label);
        message.Attribute(IFA_FLAGS, flags);
        message.Attribute(IFA_CACHEINFO, new AddressLifetimes { Preferred = PreferredSeconds, Valid = ValidSeconds });
        if (RoutePriority != 0) message.Attribute(IFA_RT_PRIORITY, RoutePriority);
        if (Protocol != 0) message.Attribute(IFA_PROTO, Protocol);
    }
}

/// <summary><c>struct ifaddrmsg</c>: the fixed part of messages about addresses.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddressHeader
{
    public byte Family, PrefixLength;
    /// <summary>The lowest eight flags.</summary>
    public byte Flags;
    public AddressScope Scope;
    public uint Index;
}

/// <summary><c>struct ifa_cacheinfo</c>. Times in seconds; when it was made and last changed, in hundredths.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddressLifetimes
{
    public uint Preferred, Valid, Created, Updated;
}
