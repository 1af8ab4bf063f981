using System.Net;
using Keelson.Linux;
using Keelson.Netlink;
using Keelson.Network.Ipam;

namespace Keelson.Network.Sandboxes;

/// <summary>A device in a container's namespace.</summary>
public static class SandboxDevice
{
    /// <summary>Sets a device up with its addresses.</summary>
    /// <param name="name">The device.</param>
    /// <param name="addresses">Its addresses, and how many bits of each are the network's.</param>
    /// <param name="sysctls">What is set below <c>/proc/sys/net</c>, with <c>IFNAME</c> for the device.</param>
    /// <param name="sandbox">The namespace.</param>
    /// <param name="isHeard">Waits until what the device sends gets to its neighbours; <see langword="null"/>: that need not be waited for.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Configure(string name, IReadOnlyList<(IPAddress Address, int PrefixLength)> addresses, IEnumerable<(string Path, string Value)> sysctls, FdHandle sandbox, Action? isHeard = null)
    {
        using RouteSocket inside = RouteSocket.Open(sandbox);
        LinkMessage device = Find(inside, name);
        bool hasIpv6 = addresses.Any(address => address.Address.IsIpv6);
        Set(name, hasIpv6, sysctls, sandbox);
        RouteBatch changes = new();
        foreach ((IPAddress address, int prefixLength) in addresses) changes.Add(AddressOf(device.Index, address, prefixLength));
        inside.Run(changes.SetUp(device.Index));
        if (isHeard is null || addresses.Count == 0) return;
        // The kernel tells neighbours as soon as the device is up, which is before its port of a bridge passes anything; and again whenever its address of the link layer is set.
        isHeard();
        inside.Run(new RouteBatch().SetHardwareAddress(device.Index, device.HardwareAddress.Span));
    }

    /// <summary>Sets what is below <c>/proc/sys/net</c> for a device.</summary>
    public static void Set(string name, bool hasIpv6, IEnumerable<(string Path, string Value)> sysctls, FdHandle sandbox)
    {
        // Neighbours hear of it at once. Nobody on the link is to give it addresses and routes, and without an address of ours it has none of IPv6.
        List<(string Path, string Value)> settings = [("ipv4/conf/IFNAME/arp_notify", "1"), ("ipv6/conf/IFNAME/disable_ipv6", hasIpv6 ? "?0" : "?1")];
        if (hasIpv6) settings.AddRange([("ipv6/conf/IFNAME/accept_ra", "?0"), ("ipv6/conf/IFNAME/ndisc_notify", "?1")]);
        settings.AddRange(sysctls);
        new NetworkPlace(sandbox).Set([.. settings.Select(setting => (setting.Path.Replace("IFNAME", name, StringComparison.Ordinal), setting.Value))]);
    }

    /// <summary>Limits what the container sends by a device.</summary>
    public static void Limit(string name, TokenBucket limit, FdHandle sandbox)
    {
        using RouteSocket inside = RouteSocket.Open(sandbox);
        inside.Run(new RouteBatch().Limit(Find(inside, name).Index, limit));
    }

    /// <summary>Has what the container sends elsewhere go by a device and a gateway, in place of whatever it went by before.</summary>
    public static void Lead(string name, IPAddress gateway, FdHandle sandbox)
    {
        using RouteSocket inside = RouteSocket.Open(sandbox);
        LinkMessage device = Find(inside, name);
        RouteBatch changes = new();
        // Of IPv6 a second route by default would stand beside the first.
        foreach (RouteMessage other in inside.ListRoutes())
            if (other.Table == RouteMessage.MainTable && other.Destination.PrefixLength == 0 && other.Destination.IsIpv6 == gateway.IsIpv6 && other.Gateway is not null) changes.Remove(other);
        inside.Run(changes.Add(new RouteMessage { Destination = new(gateway.IsIpv6 ? IPAddress.IPv6Any : IPAddress.Any, 0), Gateway = gateway, LinkIndex = device.Index }));
    }

    /// <summary>An address of a device.</summary>
    public static AddressMessage AddressOf(int device, IPAddress address, int prefixLength)
    {
        byte[] bytes = address.GetAddressBytes();
        return new()
        {
            Family = address.IsIpv6 ? AddressMessage.AF_INET6 : AddressMessage.AF_INET,
            PrefixLength = (byte)prefixLength,
            LinkIndex = device,
            Address = bytes,
            Local = bytes,
            // Addresses are given out here alone, so nobody else has one; nobody need wait to hear so.
            Flags = address.IsIpv6 ? AddressFlags.IFA_F_NODAD : AddressFlags.None,
        };
    }

    private static LinkMessage Find(RouteSocket inside, string name) => inside.FindLink(name) ?? throw new KeelsonException(ErrorKind.NotFound, $"network namespace: there is no device {name}");
}
