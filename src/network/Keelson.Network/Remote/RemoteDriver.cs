using System.Globalization;
using System.Net;
using System.Text.Json;
using Keelson.Linux;
using Keelson.Netlink;
using Keelson.Network.Control;
using Keelson.Network.Ipam;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;
using Keelson.Plugins;

namespace Keelson.Network.Remote;

/// <summary>Networks that a plug-in lays. libnetwork "Remote Drivers": it makes a device on the host, and this side moves it into the container.</summary>
public sealed class RemoteDriver : INetworkDriver, IDisposable
{
    private const string Generic = "com.docker.network.generic", EnableIpv6 = "com.docker.network.enable_ipv6", Internal = "com.docker.network.internal";

    private readonly NetworkPlace host;
    private readonly PluginClient plugin;

    private RemoteDriver(NetworkPlace host, PluginClient plugin) => (this.host, this.plugin) = (host, plugin);

    /// <inheritdoc/>
    public string Name => plugin.Name;

    /// <inheritdoc/>
    public bool HasAddresses => true;

    /// <summary>How far its networks reach: <c>local</c> or <c>global</c>.</summary>
    public string Scope { get; private init; } = "local";

    /// <summary>Opens the way to a plug-in.</summary>
    /// <param name="host">Where it makes devices.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">Unavailable: it cannot be reached. InvalidArgument: it is no network driver.</exception>
    public static async Task<RemoteDriver> OpenAsync(NetworkPlace host, string name, string address, CancellationToken cancel = default)
    {
        PluginClient plugin = new(name, address);
        try
        {
            if (!await plugin.IsAsync("NetworkDriver", cancel).ConfigureAwait(false)) throw new KeelsonException(ErrorKind.InvalidArgument, $"plug-in {name}: it is no network driver");
            CapabilitiesAnswer? told = await plugin.AskAsync("NetworkDriver.GetCapabilities", new(), PluginJson.Default.EmptyMessage, PluginJson.Default.CapabilitiesAnswer, cancel).ConfigureAwait(false);
            return new(host, plugin) { Scope = told?.Scope is "global" ? "global" : "local" };
        }
        catch
        {
            plugin.Dispose();
            throw;
        }
    }

    /// <summary>Closes the way; networks stay.</summary>
    public void Dispose() => plugin.Dispose();

    /// <inheritdoc/>
    public void Check(NetworkRecord network)
    {
        // What it can lay the plug-in says when it is asked to.
    }

    /// <inheritdoc/>
    public async ValueTask LayAsync(NetworkRecord network, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        CreateNetworkMessage message = new()
        {
            NetworkId = network.Id,
            Options = new Dictionary<string, JsonElement>
            {
                [Generic] = JsonSerializer.SerializeToElement(new Dictionary<string, string>(network.Options), PluginJson.Default.DictionaryStringString),
                [EnableIpv6] = Element(network.HasIpv6),
                [Internal] = Element(network.IsInternal),
            },
            Ipv4Data = Pools(network, isIpv6: false),
            Ipv6Data = Pools(network, isIpv6: true),
        };
        await AskAsync("CreateNetwork", message, PluginJson.Default.CreateNetworkMessage, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(NetworkRecord network, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        await AskAsync("DeleteNetwork", new(network.Id), PluginJson.Default.NetworkMessage, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<EndpointRecord> JoinAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(sandbox);
        InterfaceMessage wanted = new() { Address = Text(network, endpoint, isIpv6: false), AddressIpv6 = Text(network, endpoint, isIpv6: true), MacAddress = Hardware(endpoint.HardwareAddress) };
        CreateEndpointAnswer? made = await plugin.AskAsync("NetworkDriver.CreateEndpoint", new CreateEndpointMessage { NetworkId = network.Id, EndpointId = endpoint.Id, Interface = wanted, Options = new Dictionary<string, JsonElement>() },
            PluginJson.Default.CreateEndpointMessage, PluginJson.Default.CreateEndpointAnswer, cancel).ConfigureAwait(false);
        try
        {
            // Addresses are chosen by one side alone.
            if (made?.Interface is { } other && (other.Address ?? "").Length + (other.AddressIpv6 ?? "").Length > 0) throw new KeelsonException(ErrorKind.FailedPrecondition, $"plug-in {Name}: NetworkDriver.CreateEndpoint: it chose addresses, and has been told some");
            if (new PluginText(Name, "NetworkDriver.CreateEndpoint").Hardware(made?.Interface?.MacAddress) is { } hardware) endpoint = endpoint with { HardwareAddress = hardware };
            JoinAnswer joined = await plugin.AskAsync("NetworkDriver.Join", new JoinMessage { NetworkId = network.Id, EndpointId = endpoint.Id, SandboxKey = sandbox.Path, Options = new Dictionary<string, JsonElement>() },
                PluginJson.Default.JoinMessage, PluginJson.Default.JoinAnswer, cancel).ConfigureAwait(false) ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"plug-in {Name}: it does not know NetworkDriver.Join");
            return Place(network, endpoint, sandbox, joined);
        }
        catch
        {
            await TakeBackAsync(network, endpoint).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask LeaveAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        await AskAsync("Leave", new(network.Id, endpoint.Id), PluginJson.Default.EndpointMessage, cancel).ConfigureAwait(false);
        await AskAsync("DeleteEndpoint", new(network.Id, endpoint.Id), PluginJson.Default.EndpointMessage, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask LeadAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, bool isIpv6, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(sandbox);
        if ((isIpv6 ? endpoint.Gateway6 : endpoint.Gateway4) is not { } gateway) return ValueTask.CompletedTask;
        using FdHandle place = SandboxNamespace.Open(sandbox.Path);
        SandboxDevice.Lead(endpoint.Device, gateway, place);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(NetworkRecord network, IReadOnlyList<PublishedPort> added, IReadOnlyList<PublishedPort> removed, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask OpenOutsideAsync(NetworkRecord network, EndpointRecord endpoint, IReadOnlyList<PortRecord> ports, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        Dictionary<string, JsonElement> options = new()
        {
            ["com.docker.network.portmap"] = JsonSerializer.SerializeToElement([.. ports.Select(port => new PortBindingMessage(port.Protocol, endpoint.Ipv4?.ToString(), port.ContainerPort, port.HostAddress, port.HostPort, port.HostPort))], PluginJson.Default.PortBindingMessageArray),
            ["com.docker.network.endpoint.exposedports"] = JsonSerializer.SerializeToElement([.. ports.Select(port => new ExposedPortMessage(port.Protocol, port.ContainerPort)).Distinct()], PluginJson.Default.ExposedPortMessageArray),
        };
        await AskAsync("ProgramExternalConnectivity", new OutsideMessage(network.Id, endpoint.Id, options), PluginJson.Default.OutsideMessage, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask CloseOutsideAsync(NetworkRecord network, EndpointRecord endpoint, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        await AskAsync("RevokeExternalConnectivity", new(network.Id, endpoint.Id), PluginJson.Default.EndpointMessage, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task DisturbedAsync(CancellationToken cancel) => Task.Delay(Timeout.InfiniteTimeSpan, cancel);

    /// <inheritdoc/>
    public ValueTask RestoreAsync(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, PublishedPort Port)> ports, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <summary>Moves the device that the plug-in made into the container, and sets it up there.</summary>
    private EndpointRecord Place(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, JoinAnswer joined)
    {
        PluginText text = new(Name, "NetworkDriver.Join");
        endpoint = endpoint with { Gateway4 = text.Address(joined.Gateway), Gateway6 = text.Address(joined.GatewayIpv6) };
        if (joined.InterfaceName?.SrcName is not { Length: > 0 } source) return endpoint with { Device = "" };
        string name = joined.InterfaceName.DstName is { Length: > 0 } exact ? exact : joined.InterfaceName.DstPrefix is { Length: > 0 } prefix && endpoint.Device.StartsWith("eth", StringComparison.Ordinal) ? NextDevice(prefix, sandbox) : endpoint.Device;
        using FdHandle place = SandboxNamespace.Open(sandbox.Path);
        using (RouteSocket socket = RouteSocket.Open(host.Namespace))
        {
            LinkMessage link = socket.FindLink(source) ?? throw new KeelsonException(ErrorKind.NotFound, $"plug-in {Name}: the device {source} that it names is not there");
            socket.MoveLink(link, place, name);
        }
        List<(IPAddress, int)> addresses = [];
        foreach (bool isIpv6 in (bool[])[false, true])
            if (endpoint.Address(isIpv6) is { } address) addresses.Add((address, network.Addresses(isIpv6)!.Subnet!.Value.PrefixLength));
        SandboxDevice.Configure(name, addresses, endpoint.Sysctls.Select(setting => (setting.Key, setting.Value)), place);
        using RouteSocket inside = RouteSocket.Open(place);
        RouteBatch routes = new();
        foreach (StaticRouteMessage route in joined.StaticRoutes ?? [])
        {
            const int ByGateway = 0;
            routes.Add(new RouteMessage { Destination = text.Network(route?.Destination), Gateway = route!.RouteType == ByGateway ? text.Address(route.NextHop) : null, LinkIndex = inside.FindLink(name)!.Index });
        }
        inside.Run(routes);
        return endpoint with { Device = name };
    }

    /// <summary>The first device of a prefix that the container has not.</summary>
    private static string NextDevice(string prefix, SandboxRecord sandbox)
    {
        HashSet<string> taken = [.. sandbox.Endpoints.Select(endpoint => endpoint.Device)];
        int number = 0;
        while (taken.Contains(prefix + number.ToString(CultureInfo.InvariantCulture))) number++;
        return prefix + number.ToString(CultureInfo.InvariantCulture);
    }

    private async Task TakeBackAsync(NetworkRecord network, EndpointRecord endpoint)
    {
        try
        {
            await LeaveAsync(network, endpoint, null!, CancellationToken.None).ConfigureAwait(false);
        }
        catch (KeelsonException)
        {
            // The error that led here is the one that is told.
        }
    }

    private async Task AskAsync<T>(string method, T message, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancel) =>
        await plugin.AskAsync("NetworkDriver." + method, message, type, PluginJson.Default.PluginAnswer, cancel).ConfigureAwait(false);

    private static List<PoolMessage> Pools(NetworkRecord network, bool isIpv6) =>
    [
        .. network.Ipam.Where(config => config.Subnet is { } subnet && subnet.IsIpv6 == isIpv6)
            .Select(config => new PoolMessage("LocalDefault", config.Subnet.ToString()!, config.Gateway is null ? "" : $"{config.Gateway}/{config.Subnet!.Value.PrefixLength}",
                config.Auxiliary.ToDictionary(auxiliary => auxiliary.Key, auxiliary => $"{auxiliary.Value}/{config.Subnet!.Value.PrefixLength}"))),
    ];

    private static string? Text(NetworkRecord network, EndpointRecord endpoint, bool isIpv6) =>
        endpoint.Address(isIpv6) is { } address ? string.Create(CultureInfo.InvariantCulture, $"{address}/{network.Addresses(isIpv6)!.Subnet!.Value.PrefixLength}") : null;

    private static string Hardware(string digits) => string.Join(':', Enumerable.Range(0, digits.Length / 2).Select(i => digits.Substring(i * 2, 2).ToLowerInvariant()));

    private static JsonElement Element(bool value) => JsonSerializer.SerializeToElement(value, PluginJson.Default.Boolean);
}
