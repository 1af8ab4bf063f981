namespace Keelson.Netlink;

/// <summary>Changes of devices, addresses and routes that go to the kernel together. One is carried out whatever has become of those before it.</summary>
public sealed class RouteBatch
{
    private const ushort RTM_SETLINK = 19, RTM_DELADDR = 21, IFLA_PROTINFO = 12, IFLA_BRPORT_MODE = 4, IFLA_BRPORT_ISOLATED = 33;
    private const byte AF_BRIDGE = 7;
    private readonly NetlinkBatch requests = new();

    internal NetlinkBatch Requests => requests;

    /// <summary>How many there are.</summary>
    public int Count => requests.Count;

    /// <summary>Makes a device.</summary>
    public RouteBatch Add(NewLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        MessageWriter request = new(LinkMessage.RTM_NEWLINK, NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL);
        link.Write(ref request);
        return End(ref request, $"add {link.Kind.Name} device", link.Name);
    }

    /// <summary>Removes a device; of a pair both go.</summary>
    /// <param name="name">Its name.</param>
    public RouteBatch RemoveLink(string name)
    {
        MessageWriter request = new(LinkMessage.RTM_DELLINK);
        request.Append(default(LinkHeader));
        request.Attribute(LinkMessage.IFLA_IFNAME, name);
        return End(ref request, "remove network device", name);
    }

    /// <summary>Sets a device up.</summary>
    public RouteBatch SetUp(int index)
    {
        MessageWriter request = new(LinkMessage.RTM_NEWLINK);
        request.Append(new LinkHeader { Index = index, Flags = LinkFlags.IFF_UP, Change = LinkFlags.IFF_UP });
        return End(ref request, "set up network device", Number(index));
    }

    /// <summary>Makes a device a port of a bridge.</summary>
    /// <param name="index">The device.</param>
    /// <param name="master">The bridge; 0: it is a port no more.</param>
    public RouteBatch SetMaster(int index, int master) => SetLink(index, LinkMessage.IFLA_MASTER, master, "make a port of a bridge of network device");

    /// <summary>Sets the longest packet of a device.</summary>
    public RouteBatch SetMtu(int index, uint bytes) => SetLink(index, LinkMessage.IFLA_MTU, bytes, "set longest packet of network device");

    /// <summary>Sets the address of the link layer of a device; the kernel tells neighbours of it, where the device is set to.</summary>
    /// <param name="index">The device.</param>
    /// <param name="address">6 bytes.</param>
    public RouteBatch SetHardwareAddress(int index, ReadOnlySpan<byte> address)
    {
        MessageWriter request = ChangeOf(index);
        request.Attribute(LinkMessage.IFLA_ADDRESS, address);
        return End(ref request, "set hardware address of network device", Number(index));
    }

    /// <summary>Writes on a device for people, and for who looks for what is theirs.</summary>
    /// <param name="index">The device.</param>
    /// <param name="text">At most 255 bytes.</param>
    public RouteBatch SetAlias(int index, string text)
    {
        MessageWriter request = ChangeOf(index);
        request.Attribute(LinkMessage.IFLA_IFALIAS, text);
        return End(ref request, "write on network device", Number(index));
    }

    /// <summary>Says how a port of a bridge is treated.</summary>
    /// <param name="index">The port.</param>
    /// <param name="isIsolated">Whether other isolated ports do not hear it, nor it them.</param>
    /// <param name="isHairpin">Whether it gets back what it sent itself, when that is where it goes.</param>
    public RouteBatch SetPort(int index, bool isIsolated, bool isHairpin = false)
    {
        MessageWriter request = new(RTM_SETLINK);
        request.Append(new LinkHeader { Family = AF_BRIDGE, Index = index });
        int nest = request.BeginNest(IFLA_PROTINFO);
        request.Attribute(IFLA_BRPORT_MODE, (byte)(isHairpin ? 1 : 0));
        request.Attribute(IFLA_BRPORT_ISOLATED, (byte)(isIsolated ? 1 : 0));
        request.EndNest(nest);
        return End(ref request, "set port of bridge", Number(index));
    }

    /// <summary>Adds an address to the device that it names.</summary>
    public RouteBatch Add(AddressMessage address)
    {
        ArgumentNullException.ThrowIfNull(address);
        MessageWriter request = new(AddressMessage.RTM_NEWADDR, NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL);
        address.Write(ref request);
        return End(ref request, "add address", address.ToString());
    }

    /// <summary>Takes an address from the device that it names.</summary>
    public RouteBatch Remove(AddressMessage address)
    {
        ArgumentNullException.ThrowIfNull(address);
        MessageWriter request = new(RTM_DELADDR);
        address.Write(ref request);
        return End(ref request, "remove address", address.ToString());
    }

    /// <summary>Adds a route.</summary>
    public RouteBatch Add(RouteMessage route)
    {
        ArgumentNullException.ThrowIfNull(route);
        MessageWriter request = new(RouteMessage.RTM_NEWROUTE, NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL);
        route.Write(ref request);
        return End(ref request, "add route", route.ToString());
    }

    /// <summary>Removes a route.</summary>
    public RouteBatch Remove(RouteMessage route)
    {
        ArgumentNullException.ThrowIfNull(route);
        MessageWriter request = new(RouteMessage.RTM_DELROUTE);
        route.Write(ref request);
        return End(ref request, "remove route", route.ToString());
    }

    /// <summary>Adds a neighbour, in place of what was known of it.</summary>
    public RouteBatch Add(NeighbourMessage neighbour)
    {
        ArgumentNullException.ThrowIfNull(neighbour);
        MessageWriter request = new(NeighbourMessage.RTM_NEWNEIGH, NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_REPLACE);
        neighbour.Write(ref request);
        return End(ref request, "add neighbour", neighbour.Address?.ToString() ?? Convert.ToHexString(neighbour.HardwareAddress.Span));
    }

    private RouteBatch SetLink<T>(int index, ushort attribute, T value, string operation) where T : unmanaged
    {
        MessageWriter request = ChangeOf(index);
        request.Attribute(attribute, value);
        return End(ref request, operation, Number(index));
    }

    private static MessageWriter ChangeOf(int index)
    {
        MessageWriter request = new(LinkMessage.RTM_NEWLINK);
        request.Append(new LinkHeader { Index = index });
        return request;
    }

    private RouteBatch End(ref MessageWriter request, string operation, string target)
    {
        requests.Add(ref request, operation, target);
        return this;
    }

    private static string Number(int index) => "number " + index.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
