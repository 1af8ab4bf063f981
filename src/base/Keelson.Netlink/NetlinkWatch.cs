using System.Net.Sockets;
using Keelson.Linux;

namespace Keelson.Netlink;

/// <summary>Hears what the kernel tells a group: changes of devices, addresses, routes or packet filters, whoever makes them.</summary>
public sealed class NetlinkWatch : IDisposable
{
    /// <summary>RTNLGRP_LINK, of <see cref="NetlinkSocket.NETLINK_ROUTE"/>: devices.</summary>
    public const int Links = 1;

    /// <summary>RTNLGRP_IPV4_IFADDR, of <see cref="NetlinkSocket.NETLINK_ROUTE"/>: addresses of IPv4.</summary>
    public const int Ipv4Addresses = 5;

    /// <summary>RTNLGRP_IPV6_IFADDR, of <see cref="NetlinkSocket.NETLINK_ROUTE"/>: addresses of IPv6.</summary>
    public const int Ipv6Addresses = 9;

    /// <summary>NFNLGRP_NFTABLES, of <see cref="NetlinkSocket.NETLINK_NETFILTER"/>: tables, chains, sets and rules of nf_tables.</summary>
    public const int Tables = 7;

    /// <summary>Room for what comes while nobody reads: a flush of ten thousand elements.</summary>
    private const int WaitingBytes = 4 << 20;

    private const int DatagramBytes = 64 << 10;

    private readonly Socket socket;
    private readonly FdHandle connection;
    private readonly byte[] datagram = new byte[DatagramBytes];

    private NetlinkWatch(FdHandle connection)
    {
        this.connection = connection;
        socket = new(new SafeSocketHandle(connection.Fd, ownsHandle: false));
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="protocol">The part of the kernel.</param>
    /// <param name="groups">What is heard of.</param>
    /// <param name="networkNamespace">A file of the network namespace to hear of; <see langword="null"/>: the calling thread's.</param>
    /// <exception cref="LinuxException">EINVAL: there is no such group. EPERM: the thread may not listen, or not go there.</exception>
    public static NetlinkWatch Open(int protocol, IReadOnlyList<int> groups, FdHandle? networkNamespace = null)
    {
        ArgumentNullException.ThrowIfNull(groups);
        NetlinkSocket opened = NetlinkSocket.Open(protocol, networkNamespace);
        try
        {
            opened.Join(groups, WaitingBytes);
            return new(opened.Connection);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Waits until something was told.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The messages, and whether others before them are lost, since nobody read for too long.</returns>
    public async Task<(IReadOnlyList<NetlinkEvent> Events, bool IsLossy)> NextAsync(CancellationToken cancel)
    {
        try
        {
            int count = await socket.ReceiveAsync(datagram, SocketFlags.None, cancel).ConfigureAwait(false);
            return (EventsIn(datagram.AsSpan(0, count)), false);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.NoBufferSpaceAvailable)
        {
            return ([], true);
        }
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        socket.Dispose();
        connection.Dispose();
    }

    private static List<NetlinkEvent> EventsIn(ReadOnlySpan<byte> messages)
    {
        List<NetlinkEvent> events = [];
        MessageReader reader = new(messages);
        while (reader.Read()) events.Add(new(reader.Header.Type, reader.Header.Port, reader.Payload.ToArray()));
        return events;
    }
}

/// <summary>Something that the kernel tells.</summary>
/// <param name="Type">Kind of the message.</param>
/// <param name="Port">Port of the socket that asked for it; 0: the kernel's own doing.</param>
/// <param name="Payload">What follows its header.</param>
public readonly record struct NetlinkEvent(ushort Type, uint Port, ReadOnlyMemory<byte> Payload);
