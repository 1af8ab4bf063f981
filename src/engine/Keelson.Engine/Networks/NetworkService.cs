using System.Net;
using Keelson.Cni.Driver;
using Keelson.Content;
using Keelson.Engine.Containers;
using Keelson.Network.Bridge;
using Keelson.Network.Control;
using Keelson.Network.Macvlan;
using Keelson.Network.Ports;
using Keelson.Network.Records;
using Keelson.Network.UserMode;
using SandboxRecord = Keelson.Network.Records.SandboxRecord;

namespace Keelson.Engine.Networks;

/// <summary>The networks of one engine: the controller, with the network of who names none, and events.</summary>
/// <param name="options">How.</param>
/// <param name="root">The directory of what must stay.</param>
/// <param name="state">The directory of what goes with the machine's next start.</param>
/// <param name="events">Where changes are announced.</param>
/// <param name="space">The namespace of these events.</param>
/// <param name="failed">Hears what went wrong where no caller could be told.</param>
internal sealed class NetworkService(NetworkOptions options, string root, string state, EventLog events, string space, Action<string, Exception> failed) : INetworkService, IAsyncDisposable
{
    private const string DefaultName = "bridge";

    private readonly CancellationTokenSource stop = new();
    private BridgeDriver? bridges;
    private NetworkController? controller;
    private Task watching = Task.CompletedTask;

    /// <inheritdoc/>
    public string Default => options.Bridge == NetworkOptions.NoBridge ? "none" : DefaultName;

    /// <summary>Servers and search domains of containers that name none.</summary>
    public NetworkOptions Options => options;

    /// <inheritdoc/>
    public IPAddress? HostGateway => options.HostGateway ?? (Default == DefaultName ? Find(DefaultName).Addresses(isIpv6: false)?.Gateway : null);

    private NetworkController Controller => controller ?? throw new KeelsonException(ErrorKind.Unavailable, "networks: the engine has not started yet");

    /// <summary>Reads all networks, goes on with those of containers that run, and takes away what others have left.</summary>
    /// <param name="isRunning">Whether a container runs.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task OpenAsync(Func<string, bool> isRunning, CancellationToken cancel)
    {
        bridges = new(options.Host, options.Table);
        controller = await NetworkController.OpenAsync(
            new() { StateDirectory = root + "/networks", RunDirectory = state + "/networks", Host = options.Host, Pools = options.Pools },
            [
                bridges, new MacvlanDriver(options.Host, "macvlan"), new MacvlanDriver(options.Host, "ipvlan"), new PastaDriver(options.Host, state + "/networks/pasta"),
                new CniDriver(options.Host, root + "/networks/cni", options.Cni, Warn),
            ],
            bridges.Routes, isRunning, Warn, cancel: cancel).ConfigureAwait(false);
        if (Default == DefaultName) await controller.EnsureAsync(Standing(), cancel).ConfigureAwait(false);
        else await controller.EnsureNoneAsync(DefaultName, cancel).ConfigureAwait(false);
        watching = controller.WatchAsync(stop.Token);
    }

    /// <inheritdoc/>
    public IReadOnlyList<NetworkRecord> List() => Controller.List();

    /// <inheritdoc/>
    public NetworkRecord Find(string reference) => Controller.Find(reference is "" or "default" ? Default : reference);

    /// <inheritdoc/>
    public Task<byte[]> DiagnoseAsync(CancellationToken cancel = default) => Controller.DiagnoseToJsonAsync(cancel);

    /// <inheritdoc/>
    public bool IsPredefined(NetworkRecord network) => NetworkController.IsPredefined(network);

    /// <inheritdoc/>
    public async Task<NetworkRecord> CreateAsync(NetworkRecord wish, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(wish);
        if (IsPredefined(wish)) throw new KeelsonException(ErrorKind.PermissionDenied, $"operation is not permitted on predefined {wish.Name} network");
        NetworkRecord made = await Controller.CreateAsync(wish, cancel).ConfigureAwait(false);
        await TellAsync(made, "create").ConfigureAwait(false);
        return made;
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(string reference, CancellationToken cancel = default)
    {
        NetworkRecord network = Find(reference);
        await Controller.RemoveAsync(network.Id, cancel).ConfigureAwait(false);
        await TellAsync(network, "destroy").ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> PruneAsync(Func<NetworkRecord, bool> filter, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        List<string> removed = [];
        foreach (NetworkRecord network in List())
        {
            cancel.ThrowIfCancellationRequested();
            if (IsPredefined(network) || !filter(network)) continue;
            try
            {
                await RemoveAsync(network.Id, cancel).ConfigureAwait(false);
                removed.Add(network.Name);
            }
            catch (KeelsonException e) when (e.Kind is ErrorKind.FailedPrecondition or ErrorKind.NotFound)
            {
                // Somebody is in it, or has removed it.
            }
        }
        return removed;
    }

    /// <inheritdoc/>
    public SandboxRecord? SandboxOf(string containerId) => controller?.FindSandbox(containerId);

    /// <inheritdoc/>
    public IReadOnlyList<(string ContainerId, EndpointRecord Endpoint)> Endpoints(string networkId) => Controller.Endpoints(networkId);

    /// <inheritdoc cref="NetworkController.OpenAsync(SandboxWish, CancellationToken)"/>
    public Task<SandboxRecord> JoinAllAsync(SandboxWish wish, CancellationToken cancel) => Controller.OpenAsync(wish, cancel);

    /// <inheritdoc cref="NetworkController.CloseAsync"/>
    public Task LeaveAllAsync(string containerId) => controller?.FindSandbox(containerId) is null ? Task.CompletedTask : Controller.CloseAsync(containerId, CancellationToken.None);

    /// <inheritdoc cref="NetworkController.ConnectAsync"/>
    public Task<SandboxRecord> ConnectAsync(string containerId, EndpointWish wish, CancellationToken cancel) => Controller.ConnectAsync(containerId, wish, cancel);

    /// <inheritdoc cref="NetworkController.DisconnectAsync"/>
    public Task<SandboxRecord> DisconnectAsync(string containerId, string network, CancellationToken cancel) => Controller.DisconnectAsync(containerId, network, cancel);

    /// <inheritdoc cref="NetworkController.PublishAsync(string, IReadOnlyList{PortWish}, CancellationToken)"/>
    public Task<SandboxRecord> PublishAsync(string containerId, IReadOnlyList<PortWish> ports, CancellationToken cancel) => Controller.PublishAsync(containerId, ports, cancel);

    /// <inheritdoc cref="NetworkController.RenameAsync"/>
    public Task RenameAsync(string containerId, IReadOnlyList<string> names) => Controller.RenameAsync(containerId, names, CancellationToken.None);

    /// <summary>An event of a container in a network.</summary>
    public EventDraft Event(NetworkRecord network, string action, string containerId) => Draft(network, action, [new("container", containerId)]);

    /// <summary>Stops serving names; networks and containers stay as they are.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        if (controller is not null) await controller.DisposeAsync().ConfigureAwait(false);
        bridges?.Dispose();
        stop.Dispose();
    }

    private void Warn(string trouble) => failed("networks", new KeelsonException(ErrorKind.Unavailable, trouble));

    /// <summary>The network of who names none, as it is to be.</summary>
    private NetworkRecord Standing() => new()
    {
        Id = "",
        Name = DefaultName,
        HasIpv6 = options.HasIpv6,
        HasNames = false,
        Ipam = options.Addresses,
        Options = new Dictionary<string, string>(options.BridgeOptions)
        {
            ["com.docker.network.bridge.default_bridge"] = "true",
            ["com.docker.network.bridge.name"] = options.Bridge,
        },
    };

    private Task TellAsync(NetworkRecord network, string action) => events.PublishAsync(Draft(network, action, []), isLazy: true);

    private EventDraft Draft(NetworkRecord network, string action, IEnumerable<KeyValuePair<string, string>> more) =>
        DockerEvents.Draft(space, "network", action, network.Id, [.. more, new("name", network.Name), new("type", network.Driver)]);
}
