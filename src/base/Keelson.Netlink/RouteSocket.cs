using System.Text;
using Keelson.Linux;

namespace Keelson.Netlink;

/// <summary>Network devices, their addresses, and routes in one network namespace. rtnetlink(7).</summary>
/// <remarks>What changes something needs CAP_NET_ADMIN in the user namespace that owns the network namespace, also for whoever opened the socket.</remarks>
public sealed class RouteSocket : IDisposable
{
    // Room for the longest request: an IPv6 address with all its attributes.
    private const int RequestBytes = 512;
    private readonly NetlinkSocket socket;

    private RouteSocket(NetlinkSocket socket) => this.socket = socket;

    /// <summary>Opens a socket.</summary>
    /// <param name="networkNamespace">A file of the network namespace to speak about; <see langword="null"/>: the calling thread's.</param>
    /// <inheritdoc cref="NetlinkSocket.Open"/>
    public static RouteSocket Open(FdHandle? networkNamespace = null) => new(NetlinkSocket.Open(NetlinkSocket.NETLINK_ROUTE, networkNamespace));

    /// <summary>Closes the socket.</summary>
    public void Dispose() => socket.Dispose();

    /// <summary>The device of a name, or of another name that it has (<c>ip link property add altname</c>).</summary>
    /// <returns><see langword="null"/>: there is none.</returns>
    public LinkMessage? FindLink(string name)
    {
        MessageWriter request = new(stackalloc byte[RequestBytes], LinkMessage.RTM_GETLINK);
        request.Append(default(LinkHeader));
        request.Attribute(Encoding.UTF8.GetByteCount(name) > LinkMessage.MaximumNameBytes ? LinkMessage.IFLA_ALT_IFNAME : LinkMessage.IFLA_IFNAME, name);
        return FindLink(ref request, name);
    }

    /// <summary>The device of a number.</summary>
    /// <returns><see langword="null"/>: there is none.</returns>
    public LinkMessage? FindLink(int index)
    {
        MessageWriter request = new(stackalloc byte[RequestBytes], LinkMessage.RTM_GETLINK);
        request.Append(new LinkHeader { Index = index });
        return FindLink(ref request, "number " + index.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>All devices.</summary>
    public List<LinkMessage> ListLinks()
    {
        MessageWriter request = new(stackalloc byte[RequestBytes], LinkMessage.RTM_GETLINK);
        request.Append(default(LinkHeader));
        return socket.List<LinkMessage>(ref request, LinkMessage.Parse, "network devices");
    }

    /// <summary>Moves a device into another network namespace. It is set down by that and loses its addresses; its number may change.</summary>
    /// <param name="link">The device.</param>
    /// <param name="networkNamespace">A file of the other namespace.</param>
    /// <param name="name">Its name there.</param>
    /// <exception cref="LinuxException">EINVAL: the device cannot be moved. EEXIST: the name is taken; when its old name was free, it is there under that.</exception>
    public void MoveLink(LinkMessage link, FdHandle networkNamespace, string name)
    {
        MessageWriter request = ChangeOf(link, stackalloc byte[RequestBytes]);
        request.Attribute(LinkMessage.IFLA_NET_NS_FD, networkNamespace.Fd);
        request.Attribute(LinkMessage.IFLA_IFNAME, name);
        socket.Request(ref request, "move network device", link.Name);
    }

    /// <summary>Renames a device.</summary>
    /// <param name="link">The device.</param>
    /// <param name="name">The new name; <c>%d</c> in it becomes the lowest number whose name is free.</param>
    /// <exception cref="LinuxException">EEXIST: the name is taken. EINVAL: it is no name. EBUSY: before Linux 6.2, the device is set up.</exception>
    public void RenameLink(LinkMessage link, string name)
    {
        MessageWriter request = ChangeOf(link, stackalloc byte[RequestBytes]);
        request.Attribute(LinkMessage.IFLA_IFNAME, name);
        socket.Request(ref request, $"rename network device {link.Name} to", name);
    }

    /// <summary>Sets a device up.</summary>
    public void SetUp(LinkMessage link) => SetFlags(link, LinkFlags.IFF_UP, "set up network device");

    /// <summary>Sets a device down.</summary>
    public void SetDown(LinkMessage link) => SetFlags(link, LinkFlags.None, "set down network device");

    /// <summary>The addresses of one device, IPv4 first, in an order in which adding them to another makes the same list again.</summary>
    /// <remarks>Of two IPv4 addresses in one network the later is secondary. The kernel lists IPv6 addresses from the newest to the oldest; here it is the other way.</remarks>
    public List<AddressMessage> ListAddresses(LinkMessage link)
    {
        MessageWriter request = new(stackalloc byte[RequestBytes], AddressMessage.RTM_GETADDR);
        request.Append(default(AddressHeader));
        List<AddressMessage> addresses =
            socket.List(ref request, payload => AddressMessage.Parse(payload) is var address && address.LinkIndex == link.Index ? address : null, "addresses of " + link.Name);
        int first = addresses.FindIndex(address => address.Family == AddressMessage.AF_INET6);
        if (first >= 0) addresses.Reverse(first, addresses.Count - first);
        return addresses;
    }

    /// <summary>Adds an address to the device that it names.</summary>
    /// <param name="address">The address; flags that only the kernel sets are left out.</param>
    /// <param name="detail">What the kernel says about an error in words; <see langword="null"/> when it says nothing.</param>
    /// <returns>EEXIST: the device has it. EACCES: IPv6 is switched off for the device. ENODEV: there is no such device.</returns>
    public Errno TryAddAddress(AddressMessage address, out string? detail)
    {
        MessageWriter request = new(stackalloc byte[RequestBytes], AddressMessage.RTM_NEWADDR, NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL);
        address.Write(ref request);
        return socket.TryRequest(ref request, out detail, out _);
    }

    /// <inheritdoc cref="TryAddAddress"/>
    /// <exception cref="LinuxException">EEXIST: the device has it. EACCES: IPv6 is switched off for the device.</exception>
    public void AddAddress(AddressMessage address)
    {
        Errno errno = TryAddAddress(address, out string? detail);
        if (errno != Errno.None) throw new LinuxException("add address", address.ToString(), errno, detail);
    }

    /// <summary>All routes of both families, of all tables.</summary>
    public List<RouteMessage> ListRoutes()
    {
        MessageWriter request = new(stackalloc byte[RequestBytes], RouteMessage.RTM_GETROUTE);
        request.Append(default(RouteHeader));
        return socket.List<RouteMessage>(ref request, RouteMessage.Parse, "routes");
    }

    /// <summary>What is known of neighbours, of both families.</summary>
    public List<NeighbourMessage> ListNeighbours()
    {
        MessageWriter request = new(stackalloc byte[RequestBytes], NeighbourMessage.RTM_GETNEIGH);
        request.Append(default(NeighbourHeader));
        return socket.List<NeighbourMessage>(ref request, NeighbourMessage.Parse, "neighbours");
    }

    /// <summary>Makes a device.</summary>
    /// <exception cref="LinuxException">EEXIST: there is one of its name. EOPNOTSUPP: the kernel does not know its kind.</exception>
    public void Add(NewLink link) => Run(new RouteBatch().Add(link));

    /// <summary>Makes changes, in order. One that fails does not keep those behind it from being made.</summary>
    /// <exception cref="LinuxException">The first error.</exception>
    public void Run(RouteBatch changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        socket.Run(changes.Requests);
    }

    private LinkMessage? FindLink(ref MessageWriter request, string target)
    {
        Errno errno = socket.TryRequest(ref request, out string? detail, out ReadOnlySpan<byte> answer);
        if (errno == Errno.ENODEV) return null;
        if (errno != Errno.None) throw new LinuxException("find network device", target, errno, detail);
        return LinkMessage.Parse(answer);
    }

    private void SetFlags(LinkMessage link, LinkFlags flags, string operation)
    {
        MessageWriter request = new(stackalloc byte[RequestBytes], LinkMessage.RTM_NEWLINK);
        request.Append(new LinkHeader { Index = link.Index, Flags = flags, Change = LinkFlags.IFF_UP });
        socket.Request(ref request, operation, link.Name);
    }

    private static MessageWriter ChangeOf(LinkMessage link, Span<byte> buffer)
    {
        MessageWriter request = new(buffer, LinkMessage.RTM_NEWLINK);
        request.Append(new LinkHeader { Index = link.Index });
        return request;
    }
}
