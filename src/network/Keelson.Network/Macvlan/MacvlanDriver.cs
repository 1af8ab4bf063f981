using System.Net;
using Keelson.Linux;
using Keelson.Netlink;
using Keelson.Network.Control;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Macvlan;

/// <summary>Networks on a device of the host, in which containers stand beside it: each with an address of the link layer of its own (<c>macvlan</c>), or with the device's (<c>ipvlan</c>).</summary>
/// <param name="host">Where the device is.</param>
/// <param name="name"><c>macvlan</c> or <c>ipvlan</c>.</param>
public sealed class MacvlanDriver(NetworkPlace host, string name) : INetworkDriver
{
    private const string Parent = "parent";

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool HasAddresses => true;

    /// <inheritdoc/>
    public void Check(NetworkRecord network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Options.GetValueOrDefault(Parent) is not { Length: > 0 }) throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name}: a network of driver {name} is on a device of the host, which the option 'parent' names");
        KindOf(network, 1);
    }

    /// <inheritdoc/>
    public ValueTask LayAsync(NetworkRecord network, CancellationToken cancel)
    {
        using RouteSocket socket = RouteSocket.Open(host.Namespace);
        Find(socket, network);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(NetworkRecord network, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<EndpointRecord> JoinAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(sandbox);
        using FdHandle place = SandboxNamespace.Open(sandbox.Path);
        using (RouteSocket socket = RouteSocket.Open(host.Namespace))
        {
            byte[] hardware = name == "macvlan" ? Convert.FromHexString(endpoint.HardwareAddress) : [];
            socket.Add(new NewLink(endpoint.Device, KindOf(network, Find(socket, network).Index)) { Namespace = place, HardwareAddress = hardware });
        }
        try
        {
            List<(IPAddress, int)> addresses = [];
            foreach (bool isIpv6 in (bool[])[false, true])
                if (endpoint.Address(isIpv6) is { } address) addresses.Add((address, network.Addresses(isIpv6)!.Subnet!.Value.PrefixLength));
            SandboxDevice.Configure(endpoint.Device, addresses, endpoint.Sysctls.Select(setting => (setting.Key, setting.Value)), place);
        }
        catch
        {
            Remove(endpoint, place);
            throw;
        }
        return new(endpoint);
    }

    /// <inheritdoc/>
    public ValueTask LeaveAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(sandbox);
        try
        {
            using FdHandle place = SandboxNamespace.Open(sandbox.Path);
            Remove(endpoint, place);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            // It went with its namespace.
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask LeadAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, bool isIpv6, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(sandbox);
        using FdHandle place = SandboxNamespace.Open(sandbox.Path);
        if (network.Addresses(isIpv6)?.Gateway is { } gateway) SandboxDevice.Lead(endpoint.Device, gateway, place);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(NetworkRecord network, IReadOnlyList<PublishedPort> added, IReadOnlyList<PublishedPort> removed, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public Task DisturbedAsync(CancellationToken cancel) => Task.Delay(Timeout.InfiniteTimeSpan, cancel);

    /// <inheritdoc/>
    public ValueTask RestoreAsync(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, PublishedPort Port)> ports, CancellationToken cancel) => ValueTask.CompletedTask;

    private LinkKind KindOf(NetworkRecord network, int parent)
    {
        string mode = network.Options.GetValueOrDefault(name + "_mode") ?? "";
        if (name == "macvlan")
        {
            return new MacvlanKind(parent, mode switch
            {
                "" or "bridge" => MacvlanMode.Bridge,
                "private" => MacvlanMode.Private,
                "vepa" => MacvlanMode.Vepa,
                "passthru" => MacvlanMode.Passthru,
                _ => throw Wrong(network, "macvlan_mode", mode, "bridge, private, vepa or passthru"),
            });
        }
        string flag = network.Options.GetValueOrDefault("ipvlan_flag") ?? "";
        return new IpvlanKind(parent, mode switch { "" or "l2" => IpvlanMode.L2, "l3" => IpvlanMode.L3, "l3s" => IpvlanMode.L3S, _ => throw Wrong(network, "ipvlan_mode", mode, "l2, l3 or l3s") })
        {
            Flag = flag switch { "" or "bridge" => IpvlanFlag.Bridge, "private" => IpvlanFlag.Private, "vepa" => IpvlanFlag.Vepa, _ => throw Wrong(network, "ipvlan_flag", flag, "bridge, private or vepa") },
        };
    }

    private static LinkMessage Find(RouteSocket socket, NetworkRecord network)
    {
        string parent = network.Options[Parent];
        return socket.FindLink(parent) ?? throw new KeelsonException(ErrorKind.NotFound, $"network {network.Name}: the host has no device {parent}");
    }

    private void Remove(EndpointRecord endpoint, FdHandle place)
    {
        using RouteSocket inside = RouteSocket.Open(place);
        // Another device has the name where another namespace has the path.
        if (inside.FindLink(endpoint.Device) is { } link && link.Kind == name && (name != "macvlan" || link.HardwareAddress.Span.SequenceEqual(Convert.FromHexString(endpoint.HardwareAddress)))) inside.Run(new RouteBatch().RemoveLink(endpoint.Device));
    }

    private static KeelsonException Wrong(NetworkRecord network, string option, string value, string why) => new(ErrorKind.InvalidArgument, $"network {network.Name}: option {option}={value}: {why}");
}
