using System.Net;
using Keelson.Linux;
using Keelson.Netlink;
using Keelson.Network.Bridge;
using Keelson.Network.Control;
using Keelson.Network.Ipam;
using Keelson.Network.Records;

namespace Keelson.Cni.Plugin;

/// <summary>Networks, ends and routes of the plug-in: from its configuration, and as results.</summary>
internal static class PluginNetwork
{
    /// <summary>The network that a configuration asks for.</summary>
    /// <param name="name">What it is called in the records.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="given">Addresses of another plug-in, whose networks become the network's; <see langword="null"/>: they are chosen here.</param>
    /// <exception cref="CniException">UnsupportedField: there is more than one address of a family.</exception>
    public static NetworkRecord Wish(string name, PluginConfig config, CniResult? given)
    {
        IReadOnlyList<IpamConfig> all = given is null ? config.Addresses : [.. given.Addresses.Select(address => new IpamConfig { Subnet = SubnetOf(address.Address, address.PrefixLength), Gateway = address.Gateway })];
        foreach (bool isIpv6 in (bool[])[false, true])
            if (all.Count(subnet => subnet.Subnet!.Value.IsIpv6 == isIpv6) > 1) throw new CniException(CniErrorCode.UnsupportedField, $"ipam: {config.Ipam} gave more than one address of IPv{(isIpv6 ? 6 : 4)}");
        bool hasIpv6 = config.HasIpv6 || all.Any(subnet => subnet.Subnet!.Value.IsIpv6), hasIpv4 = all.Count == 0 || all.Any(subnet => !subnet.Subnet!.Value.IsIpv6);
        return new() { Id = "", Name = name, Driver = config.Driver, Options = config.Options, IsInternal = config.IsInternal, HasNames = false, HasIpv4 = hasIpv4, HasIpv6 = hasIpv6, Ipam = all };
    }

    /// <summary>A container's end.</summary>
    public static EndpointWish End(NetworkRecord network, PluginConfig config, string device, CniResult? given)
    {
        return new(network.Id) { Device = device, HardwareAddress = config.WantedHardwareAddress, Options = config.EndpointOptions, Ipv4 = Address(isIpv6: false), Ipv6 = Address(isIpv6: true) };

        IPAddress? Address(bool isIpv6) => (given?.Addresses.Select(address => address.Address) ?? config.WantedAddresses).FirstOrDefault(address => address.IsIpv6 == isIpv6);
    }

    /// <summary>A container's routes: those that are asked for, and to elsewhere.</summary>
    public static List<CniRoute> Routes(NetworkRecord network, PluginConfig config, CniResult? given)
    {
        List<CniRoute> routes = config.Ipam is not null && given is not null ? [.. given.Routes] : [.. config.Routes];
        foreach (bool isIpv6 in (bool[])[false, true])
        {
            IPAddress? gateway = network.Addresses(isIpv6)?.Gateway;
            bool hasNone = !routes.Any(route => route.Destination.PrefixLength == 0 && route.Destination.IsIpv6 == isIpv6);
            if (config.HasWayOut && !network.IsInternal && gateway is not null && hasNone) routes.Add(new(new(isIpv6 ? IPAddress.IPv6Any : IPAddress.Any, 0)) { Gateway = gateway });
        }
        return routes;
    }

    /// <summary>Makes routes. One that is there already is another network's, and stays.</summary>
    public static void Add(IReadOnlyList<CniRoute> routes, NetworkRecord network, EndpointRecord endpoint, FdHandle place)
    {
        if (routes.Count == 0) return;
        using RouteSocket inside = RouteSocket.Open(place);
        int device = Find(inside, endpoint.Device).Index;
        List<RouteMessage> standing = inside.ListRoutes();
        foreach (CniRoute route in routes)
        {
            bool isIpv6 = route.Destination.IsIpv6;
            if (endpoint.Address(isIpv6) is null || standing.Any(other => other.Table == RouteMessage.MainTable && other.Destination.Equals(route.Destination))) continue;
            inside.Run(new RouteBatch().Add(new RouteMessage { Destination = route.Destination, Gateway = route.Gateway ?? network.Addresses(isIpv6)?.Gateway, LinkIndex = device }));
        }
    }

    /// <summary>What is told of an end: behind what plug-ins before have made.</summary>
    public static CniResult Result(NetworkRecord network, PluginConfig config, EndpointRecord endpoint, List<CniRoute> routes, CniResult? given, string path, FdHandle place)
    {
        List<CniInterface> interfaces = [.. config.Previous?.Interfaces ?? []];
        using (RouteSocket host = RouteSocket.Open())
            foreach (string name in HostDevices(network, endpoint))
                if (host.FindLink(name) is { } link) interfaces.Add(new(name) { HardwareAddress = Hardware(link), Mtu = link.Mtu });
        using RouteSocket inside = RouteSocket.Open(place);
        LinkMessage device = Find(inside, endpoint.Device);
        interfaces.Add(new(endpoint.Device) { HardwareAddress = Hardware(device), Mtu = device.Mtu, Sandbox = path });
        List<CniAddress> addresses = [.. config.Previous?.Addresses ?? []];
        foreach (bool isIpv6 in (bool[])[false, true])
            if (endpoint.Address(isIpv6) is { } address && network.Addresses(isIpv6) is { } from)
                addresses.Add(new(address, from.Subnet!.Value.PrefixLength) { Gateway = network.IsInternal && network.Driver != "bridge" ? null : from.Gateway, Interface = interfaces.Count - 1 });
        return new() { Interfaces = interfaces, Addresses = addresses, Routes = [.. config.Previous?.Routes ?? [], .. routes], Dns = config.Dns.IsEmpty ? given?.Dns ?? config.Previous?.Dns ?? new() : config.Dns };
    }

    /// <summary>Compares an end with what was told of it.</summary>
    /// <exception cref="CniException">Something is missing, or another.</exception>
    public static void Check(NetworkRecord network, EndpointRecord endpoint, CniResult told, IReadOnlyList<CniRoute> routes, FdHandle place)
    {
        using (RouteSocket host = RouteSocket.Open())
            foreach (string name in HostDevices(network, endpoint))
                if (host.FindLink(name) is null) throw Missing($"the host has no device {name}");
        using RouteSocket inside = RouteSocket.Open(place);
        LinkMessage device = inside.FindLink(endpoint.Device) ?? throw Missing($"the container has no device {endpoint.Device}");
        if (!device.IsUp) throw Missing($"device {endpoint.Device} of the container is down");
        int own = -1;
        for (int i = 0; i < told.Interfaces.Count; i++)
            if (told.Interfaces[i].Name == endpoint.Device && told.Interfaces[i].Sandbox.Length > 0) own = i;
        if (own < 0) throw new CniException(CniErrorCode.InvalidConfiguration, $"CHECK: prevResult has no device {endpoint.Device} of a container");
        if (told.Interfaces[own].HardwareAddress is { Length: > 0 } hardware && !hardware.Equals(Hardware(device), StringComparison.OrdinalIgnoreCase)) throw Missing($"device {endpoint.Device} of the container has the address {Hardware(device)}, and had {hardware}");
        List<IPAddress> has = [.. inside.ListAddresses(device).Select(address => new IPAddress((address.Local.IsEmpty ? address.Address : address.Local).Span))];
        foreach (CniAddress address in told.Addresses.Where(address => address.Interface == own))
            if (!has.Contains(address.Address)) throw Missing($"device {endpoint.Device} of the container has no address {address.Address}");
        List<RouteMessage> ways = inside.ListRoutes();
        foreach (CniRoute route in routes)
            if (endpoint.Address(route.Destination.IsIpv6) is not null && !ways.Any(way => way.Table == RouteMessage.MainTable && way.Destination.Equals(route.Destination))) throw Missing($"the container has no route to {route.Destination}");
    }

    /// <summary>Devices of the host that an end goes by.</summary>
    private static string[] HostDevices(NetworkRecord network, EndpointRecord endpoint) => network.Driver == "bridge" ? [BridgeSettings.DeviceOf(network), BridgeEndpoint.HostNameOf(endpoint.Id)] : [];

    private static LinkMessage Find(RouteSocket inside, string name) => inside.FindLink(name) ?? throw Missing($"the container has no device {name}");

    private static string Hardware(LinkMessage link) => Driver.CniWishes.Hardware(Convert.ToHexString(link.HardwareAddress.Span));

    private static IPNetwork SubnetOf(IPAddress address, int prefixLength) => CniJson.SubnetOf($"{address}/{prefixLength}", "ips").Network;

    private static CniException Missing(string message) => new(CniErrorCode.Internal, message);
}
