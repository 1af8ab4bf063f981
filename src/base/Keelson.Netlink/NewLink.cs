using Keelson.Linux;

namespace Keelson.Netlink;

/// <summary>A network device to be made. rtnetlink(7) RTM_NEWLINK.</summary>
/// <param name="Name">Its name, at most 15 bytes; <c>%d</c> in it becomes the lowest number whose name is free.</param>
/// <param name="Kind">What it is to be.</param>
public sealed record NewLink(string Name, LinkKind Kind)
{
    /// <summary>Number that it is to have; 0: the next one. Of a pair both have one, or neither.</summary>
    public int Index { get; init; }

    /// <summary>Longest packet in bytes; 0: what is usual for its kind.</summary>
    public uint Mtu { get; init; }

    /// <summary>Address of the link layer, 6 bytes; empty: the kernel's choice.</summary>
    public ReadOnlyMemory<byte> HardwareAddress { get; init; }

    /// <summary>Number of the bridge that it becomes a port of; 0: of none.</summary>
    public int MasterIndex { get; init; }

    /// <summary>A file of the network namespace that it is made in; <see langword="null"/>: the socket's.</summary>
    public FdHandle? Namespace { get; init; }

    /// <summary>Whether it is set up.</summary>
    public bool IsUp { get; init; }

    /// <summary>Writes what follows the header of a message, or stands for the other end of a pair.</summary>
    internal void Write(ref MessageWriter message)
    {
        WriteHead(ref message);
        if (Kind.ParentIndex != 0) message.Attribute(LinkMessage.IFLA_LINK, Kind.ParentIndex);
        int information = message.BeginNest(LinkMessage.IFLA_LINKINFO);
        message.Attribute(LinkMessage.IFLA_INFO_KIND, Kind.Name);
        int data = message.BeginNest(LinkMessage.IFLA_INFO_DATA);
        Kind.Write(ref message);
        message.EndNest(data);
        message.EndNest(information);
    }

    /// <summary>Writes it without its kind.</summary>
    internal void WriteHead(ref MessageWriter message)
    {
        LinkFlags flags = IsUp ? LinkFlags.IFF_UP : LinkFlags.None;
        message.Append(new LinkHeader { Index = Index, Flags = flags, Change = flags });
        message.Attribute(LinkMessage.IFLA_IFNAME, Name);
        if (Mtu != 0) message.Attribute(LinkMessage.IFLA_MTU, Mtu);
        if (!HardwareAddress.IsEmpty) message.Attribute(LinkMessage.IFLA_ADDRESS, HardwareAddress.Span);
        if (MasterIndex != 0) message.Attribute(LinkMessage.IFLA_MASTER, MasterIndex);
        if (Namespace is not null) message.Attribute(LinkMessage.IFLA_NET_NS_FD, Namespace.Fd);
    }
}
