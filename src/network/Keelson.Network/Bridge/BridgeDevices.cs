using System.Net;
using Keelson.Linux;
using Keelson.Netlink;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Bridge;

/// <summary>Bridges, and what joins containers to them.</summary>
public sealed class BridgeDevices : IDisposable
{
    private const byte RouterAddressPrefix6 = 64;

    /// <summary>How often it is asked whether a port is up.</summary>
    private const int PortAttempts = 100;

    private readonly NetworkPlace host;
    private readonly RouteSocket socket;
    private readonly Lock gate = new();

    /// <summary>Called between the steps of changes.</summary>
    internal Action<string>? Step { get; set; }

    /// <summary>Opens the way to the kernel.</summary>
    /// <param name="host">Where the bridges are.</param>
    /// <exception cref="LinuxException">The namespace cannot be entered.</exception>
    public BridgeDevices(NetworkPlace host)
    {
        ArgumentNullException.ThrowIfNull(host);
        this.host = host;
        socket = RouteSocket.Open(host.Namespace);
    }

    /// <summary>Closes the socket; what was made stays.</summary>
    public void Dispose() => socket.Dispose();

    /// <summary>Makes the bridge of a network, or completes one that is there. One that the operator made stays the operator's.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void Make(NetworkInfo network)
    {
        ArgumentNullException.ThrowIfNull(network);
        lock (gate)
        {
            LinkMessage? found = socket.FindLink(network.Device);
            if (found is null)
            {
                socket.Add(new NewLink(network.Device, new BridgeKind()) { Mtu = network.Mtu, HardwareAddress = HardwareAddressOf(network) });
                Step?.Invoke("bridge made");
                found = socket.FindLink(network.Device) ?? throw new KeelsonException(ErrorKind.Unavailable, $"bridge {network.Device}: it was removed while it was made");
            }
            else if (found.Kind != "bridge") throw new KeelsonException(ErrorKind.AlreadyExists, $"bridge {network.Device}: there is a device of this name that is no bridge");
            host.Set(Settings(network));
            List<AddressMessage> standing = socket.ListAddresses(found);
            RouteBatch changes = new();
            foreach (AddressMessage address in Addresses(network, found.Index))
                if (!standing.Exists(other => Own(other).Span.SequenceEqual(Own(address).Span) && other.PrefixLength == address.PrefixLength)) changes.Add(address);
            changes.SetUp(found.Index);
            // One that was killed may have made it, and not written on it yet.
            if (found.Alias.Length == 0 && IsOurs(found, network)) changes.SetAlias(found.Index, AliasOf(network));
            socket.Run(changes);
        }
    }

    /// <summary>Removes the bridge of a network; one that is not there, or was not made for it, is left alone.</summary>
    public void Remove(NetworkInfo network)
    {
        ArgumentNullException.ThrowIfNull(network);
        RemoveLink(network.Device, link => link.Kind == "bridge" && IsOurs(link, network));
    }

    /// <summary>Joins a container to a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="endpoint">Its end.</param>
    /// <param name="sandbox">Its namespace.</param>
    /// <exception cref="LinuxException">The kernel refused; nothing is left of it.</exception>
    public void Join(NetworkInfo network, BridgeEndpoint endpoint, FdHandle sandbox)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        try
        {
            lock (gate)
            {
                LinkMessage bridge = socket.FindLink(network.Device) ?? throw new KeelsonException(ErrorKind.NotFound, $"join network {network.Name}: its bridge {network.Device} is gone");
                NewLink inner = new(endpoint.Name, new VethPeerKind()) { Namespace = sandbox, Mtu = network.Mtu, HardwareAddress = endpoint.HardwareAddress };
                RouteBatch changes = new RouteBatch().Add(new NewLink(endpoint.HostName, new VethKind(inner)) { Mtu = network.Mtu, MasterIndex = bridge.Index, IsUp = true });
                socket.Run(changes);
                Step?.Invoke("pair made");
                bool isHairpin = FiltersBridges();
                RouteBatch port = new();
                if ((!network.AllowsNeighbours || isHairpin || endpoint.IngressBitsPerSecond is not null) && socket.FindLink(endpoint.HostName) is { } made)
                {
                    if (!network.AllowsNeighbours || isHairpin) port.SetPort(made.Index, isIsolated: !network.AllowsNeighbours, isHairpin);
                    if (endpoint.IngressBitsPerSecond is { } rate) port.Limit(made.Index, Bucket(rate, network.Mtu));
                    socket.Run(port);
                }
            }
            if (endpoint.EgressBitsPerSecond is { } egress) SandboxDevice.Limit(endpoint.Name, Bucket(egress, network.Mtu), sandbox);
            Configure(network, endpoint, sandbox);
            Step?.Invoke("device configured");
        }
        catch
        {
            RemoveLink(endpoint.HostName);
            throw;
        }
    }

    /// <summary>Takes a container from a network; one that is not joined is left alone.</summary>
    public void Leave(BridgeEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        RemoveLink(endpoint.HostName);
    }

    /// <summary>Has what a container sends elsewhere go by a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device">The container's device in it.</param>
    /// <param name="isIpv6">Of which family.</param>
    /// <param name="sandbox">The container's namespace.</param>
    public static void Lead(NetworkInfo network, string device, bool isIpv6, FdHandle sandbox)
    {
        ArgumentNullException.ThrowIfNull(network);
        if ((isIpv6 ? network.Gateway6 : network.Gateway4) is { } gateway && !network.IsInternal && network.Mode(isIpv6) != GatewayMode.Isolated) SandboxDevice.Lead(device, gateway, sandbox);
    }

    /// <summary>Has neighbours whose ports are isolated reach each other by way of the host, where they are filtered: it answers for each of them (RFC 3069).</summary>
    public void Mediate(NetworkInfo network)
    {
        ArgumentNullException.ThrowIfNull(network);
        host.Set(("ipv4/ip_forward", "1"), ($"ipv4/conf/{network.Device}/proxy_arp_pvlan", "1"), ($"ipv4/neigh/{network.Device}/proxy_delay", "0"));
    }

    /// <summary>What is not there as it should be.</summary>
    public List<string> Findings(NetworkInfo network, IReadOnlyList<(string ContainerId, BridgeEndpoint Endpoint)> ends)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(ends);
        lock (gate)
        {
            if (socket.FindLink(network.Device) is not { Kind: "bridge" } bridge) return [$"network {network.Name}: its bridge {network.Device} is gone"];
            List<string> findings = [];
            if (!bridge.IsUp) findings.Add($"network {network.Name}: its bridge {network.Device} is down");
            List<AddressMessage> standing = socket.ListAddresses(bridge);
            foreach (AddressMessage address in Addresses(network, bridge.Index))
                if (!standing.Exists(other => Own(other).Span.SequenceEqual(Own(address).Span))) findings.Add($"network {network.Name}: its bridge {network.Device} has not its address {new IPAddress(Own(address).Span)}");
            foreach ((string container, BridgeEndpoint endpoint) in ends)
            {
                if (socket.FindLink(endpoint.HostName) is not { } port) findings.Add($"network {network.Name}: the host's end {endpoint.HostName} of container {container} is gone");
                else if (port.MasterIndex != bridge.Index) findings.Add($"network {network.Name}: the host's end {endpoint.HostName} of container {container} is not in its bridge {network.Device}");
            }
            return findings;
        }
    }

    /// <summary>Networks that the host has a route to, other than by default.</summary>
    public IReadOnlyList<IPNetwork> Routes()
    {
        lock (gate) return [.. socket.ListRoutes().Where(route => route.Table == RouteMessage.MainTable && route.Destination.PrefixLength > 0).Select(route => route.Destination)];
    }

    /// <summary>
    /// Whether the host's packet filters see what bridges pass (br_netfilter). Then a container that asks for a published port of its own has the destination replaced while the packet is on the
    /// bridge, which must send it back to where it came from.
    /// </summary>
    private bool FiltersBridges() => host.Run(() => Linux.Sys.Files.TryReadAll("/proc/sys/net/bridge/bridge-nf-call-iptables", out ReadOnlyMemory<byte> value) == Errno.None && value.Span.StartsWith("1"u8));

    private void RemoveLink(string name, Func<LinkMessage, bool>? isOurs = null)
    {
        lock (gate)
        {
            try
            {
                if (socket.FindLink(name) is { } link && isOurs?.Invoke(link) != false) socket.Run(new RouteBatch().RemoveLink(name));
            }
            catch (LinuxException e) when (e.Errno == Errno.ENODEV)
            {
                // It went with its namespace meanwhile.
            }
        }
    }

    private void Configure(NetworkInfo network, BridgeEndpoint endpoint, FdHandle sandbox)
    {
        List<(IPAddress, int)> addresses = [];
        if (endpoint.Ipv4 is { } ipv4) addresses.Add((ipv4, network.Ipv4!.Value.PrefixLength));
        if (endpoint.Ipv6 is { } ipv6) addresses.Add((ipv6, network.Ipv6!.Value.PrefixLength));
        SandboxDevice.Configure(endpoint.Name, addresses, endpoint.Sysctls, sandbox, () => AwaitPort(endpoint.HostName));
        foreach (bool isIpv6 in (bool[])[false, true])
            if (endpoint.IsGateway && (isIpv6 ? endpoint.Ipv6 : endpoint.Ipv4) is not null) Lead(network, endpoint.Name, isIpv6, sandbox);
    }

    /// <summary>A rate: 10 ms of it, and no less than 16 KiB or two packets, go at once; 50 ms more wait, and no less than 64 KiB.</summary>
    private static TokenBucket Bucket(ulong bitsPerSecond, uint mtu)
    {
        ulong rate = bitsPerSecond / 8, burst = Math.Min(Math.Max(Math.Max(rate / 100, 16 << 10), 2 * mtu), int.MaxValue), queue = Math.Min(burst + Math.Max(rate / 20, 64 << 10), uint.MaxValue);
        return new(rate, (uint)burst, (uint)queue);
    }

    /// <summary>Waits until a port of a bridge passes packets, which the kernel has it do soon after the other end is up; from Linux 6.9 on, before it answers. Where it takes longer, neighbours hear of the device when they ask.</summary>
    private void AwaitPort(string name)
    {
        for (int i = 0; i < PortAttempts; i++)
        {
            lock (gate)
                if (socket.FindLink(name) is not { IsRunning: false }) return;
            Thread.Yield();
        }
    }

    /// <summary>Whether a bridge was made here: it says so, or says nothing and has the address that it was made with.</summary>
    private static bool IsOurs(LinkMessage link, NetworkInfo network) => link.Alias == AliasOf(network) || link.Alias.Length == 0 && link.HardwareAddress.Span.SequenceEqual(HardwareAddressOf(network));

    /// <summary>The bridge's own address of the link layer: it follows from the gateway's, or else from the network's identity.</summary>
    private static byte[] HardwareAddressOf(NetworkInfo network) => network.Gateway4 is { } gateway ? BridgeEndpoint.MakeHardwareAddress(gateway) : [0x02, 0x42, .. Convert.FromHexString(network.Id[..8])];

    /// <summary>What is written on a bridge that was made here.</summary>
    private static string AliasOf(NetworkInfo network) => "keelson network " + network.Id;

    private static List<(string, string)> Settings(NetworkInfo network)
    {
        string device = network.Device;
        List<(string, string)> settings = [($"ipv4/conf/{device}/route_localnet", "1")];
        if (!network.IsInternal && network.Ipv4 is not null) settings.Add(("ipv4/ip_forward", "1"));
        // Where the host is not to be reached it has no address of the link either.
        bool hasIpv6 = network.Ipv6 is not null && network.Mode6 != GatewayMode.Isolated;
        settings.Add(($"ipv6/conf/{device}/disable_ipv6", hasIpv6 ? "?0" : "?1"));
        if (!hasIpv6) return settings;
        settings.AddRange([($"ipv6/conf/{device}/accept_ra", "?0"), ($"ipv6/conf/{device}/accept_dad", "?0")]);
        if (!network.IsInternal) settings.Add(("ipv6/conf/all/forwarding", "?1"));
        return settings;
    }

    private static IEnumerable<AddressMessage> Addresses(NetworkInfo network, int index)
    {
        if (network.Ipv4 is { } ipv4 && network.Gateway4 is { } gateway4 && network.Mode4 != GatewayMode.Isolated) yield return SandboxDevice.AddressOf(index, gateway4, ipv4.PrefixLength);
        if (network.Ipv6 is { } ipv6 && network.Gateway6 is { } gateway6 && network.Mode6 != GatewayMode.Isolated)
        {
            yield return SandboxDevice.AddressOf(index, gateway6, ipv6.PrefixLength);
            // Every bridge is the same router to its own link.
            yield return SandboxDevice.AddressOf(index, IPAddress.Parse("fe80::1"), RouterAddressPrefix6);
        }
    }

    private static ReadOnlyMemory<byte> Own(AddressMessage address) => address.Local.IsEmpty ? address.Address : address.Local;
}
