using System.Net;
using Keelson.Content;
using Keelson.Engine.Networks;
using Keelson.Network.Dns;
using Keelson.Network.Records;
using SandboxRecord = Keelson.Network.Records.SandboxRecord;

namespace Keelson.Engine.Containers;

/// <summary>Networks of containers.</summary>
internal sealed partial class ContainerService
{
    private readonly NetworkService networks;

    public INetworkService Networks => networks;

    public async Task ConnectAsync(string network, string nameOrId, EndpointSettings? settings = null, CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        NetworkRecord joined = networks.Find(network);
        EndpointSettings wish = settings ?? new();
        using IDisposable turn = await container.EnterAsync(cancel).ConfigureAwait(false);
        ContainerInfo info = container.Info;
        RequireOwn(info);
        NetworkPlan.Check(joined, wish);
        if (info.Networks.ContainsKey(joined.Name)) throw new KeelsonException(ErrorKind.PermissionDenied, $"endpoint with name {info.Name} already exists in network {joined.Name}");
        ContainerInfo changed = info with { Networks = new Dictionary<string, EndpointSettings>(info.Networks) { [joined.Name] = wish } };
        bool isRunning = networks.SandboxOf(info.Id) is not null;
        if (isRunning) await networks.ConnectAsync(info.Id, NetworkPlan.Wish(joined.Id, wish), cancel).ConfigureAwait(false);
        try
        {
            await ChangeAsync(container, changed, [networks.Event(joined, "connect", info.Id)]).ConfigureAwait(false);
        }
        catch
        {
            if (isRunning) await TryAsync($"disconnect container {info.Id} from network {joined.Name}", () => networks.DisconnectAsync(info.Id, joined.Id, CancellationToken.None)).ConfigureAwait(false);
            throw;
        }
        if (isRunning) WriteNames(changed, networks.SandboxOf(info.Id));
    }

    public async Task DisconnectAsync(string network, string nameOrId, bool force = false, CancellationToken cancel = default)
    {
        NetworkRecord left = networks.Find(network);
        ManagedContainer container = table.Get(nameOrId);
        using IDisposable turn = await container.EnterAsync(cancel).ConfigureAwait(false);
        ContainerInfo info = container.Info;
        if (left.Name == "host" || info.Host.NetworkMode == "host") throw new KeelsonException(ErrorKind.PermissionDenied, "container cannot be disconnected from host network or connected to host network");
        SandboxRecord? sandbox = networks.SandboxOf(info.Id);
        bool isIn = sandbox?.Endpoints.Any(endpoint => endpoint.NetworkId == left.Id) == true;
        if (!isIn && !info.Networks.ContainsKey(left.Name)) throw new KeelsonException(ErrorKind.PermissionDenied, $"container {info.Id} is not connected to network {left.Name}");
        if (isIn) await networks.DisconnectAsync(info.Id, left.Id, cancel).ConfigureAwait(false);
        ContainerInfo changed = info with { Networks = info.Networks.Where(pair => pair.Key != left.Name).ToDictionary() };
        await ChangeAsync(container, changed, [networks.Event(left, "disconnect", info.Id)]).ConfigureAwait(false);
        if (isIn) WriteNames(changed, networks.SandboxOf(info.Id));
    }

    private static void RequireOwn(ContainerInfo info)
    {
        string? conflict = info.Host.NetworkMode switch
        {
            "host" => "container cannot be disconnected from host network or connected to host network",
            "none" => "container cannot be connected to multiple networks with one of the networks in private (none) mode",
            { } mode when !NetworkPlan.HasOwn(mode) => "container sharing network namespace with another container or host cannot be connected to any other network",
            _ => null,
        };
        if (conflict is not null) throw new KeelsonException(ErrorKind.PermissionDenied, conflict);
    }

    /// <summary>Makes the networks of a container that starts; <see langword="null"/> for one that has none of its own.</summary>
    /// <param name="info">The container.</param>
    /// <param name="place">A file of its network namespace; <see langword="null"/>: one is made.</param>
    /// <param name="made">Told the file of the namespace, as soon as that is there.</param>
    private async Task<SandboxRecord?> OpenNetworksAsync(ContainerInfo info, string? place, Action<string>? made = null)
    {
        if (!NetworkPlan.HasOwn(info.Host.NetworkMode)) return null;
        options.Step?.Invoke("open networks");
        // Of a daemon that was killed while the container started.
        await networks.LeaveAllAsync(info.Id).ConfigureAwait(false);
        IReadOnlyDictionary<string, EndpointSettings> joined = info.Networks.Count > 0 ? info.Networks : NetworkPlan.Make(info.Host, info.Settings, null, networks);
        return await networks.JoinAllAsync(new()
        {
            ContainerId = info.Id,
            Namespace = place,
            Names = NamesOf(info),
            Endpoints = [.. joined.Select(pair => NetworkPlan.Wish(pair.Key, pair.Value))],
            Ports = PortPlan.Make(info.Host, info.Settings),
            Upstreams = Upstreams(info.Host),
            IsServed = HasUnreachableServers(info),
            NamespaceMade = made,
        }, stop.Token).ConfigureAwait(false);
    }

    /// <summary>Begins to make the networks of a container that starts, and says in which namespace as soon as that is there: the runtime makes the rest of the container meanwhile.</summary>
    private async Task<(Task<SandboxRecord?> Opening, string? Place)> BeginNetworksAsync(ContainerInfo info)
    {
        if (!NetworkPlan.HasOwn(info.Host.NetworkMode)) return (Task.FromResult<SandboxRecord?>(null), null);
        TaskCompletionSource<string> made = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<SandboxRecord?> opening = Task.Run(() => OpenNetworksAsync(info, null, made.SetResult));
        // The runtime sets what is asked for below /proc/sys/net, which may be of a device.
        if (info.Host.Sysctls?.Keys.Any(key => key.StartsWith("net.", StringComparison.Ordinal)) == true || await Task.WhenAny(opening, made.Task).ConfigureAwait(false) == opening)
            return (opening, (await opening.ConfigureAwait(false))?.Path);
        return (opening, await made.Task.ConfigureAwait(false));
    }

    private Task CloseNetworksAsync(ContainerInfo info) => TryAsync($"take the networks of container {info.Id} away", () => networks.LeaveAllAsync(info.Id));

    /// <summary>What others in its networks know a container by.</summary>
    private static string[] NamesOf(ContainerInfo info) => [.. ((string?[])[info.Name, info.ShortId, info.Settings.Hostname]).Where(name => !string.IsNullOrEmpty(name)).Select(name => name!).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Who knows the names that the engine does not know.</summary>
    private List<DnsUpstream> Upstreams(HostSettings host)
    {
        IReadOnlyList<string> given = host.Dns is { Count: > 0 } own ? own : networks.Options.NameServers;
        if (given.Count > 0) return [.. given.Select(IPAddress.Parse).Take(DnsServer.UpstreamLimit).Select(server => new DnsUpstream(server, IsOfHost: false))];
        // A server on the host's loopback device is asked from the host.
        return [.. NameFiles.HostServers().Take(DnsServer.UpstreamLimit).Select(server => new DnsUpstream(server, IPAddress.IsLoopback(server)))];
    }

    /// <summary>Whether all servers of names that a container would have are on the host's loopback device, where it cannot reach them.</summary>
    private bool HasUnreachableServers(ContainerInfo info) => info.Host.Dns is not { Count: > 0 } && networks.Options.NameServers.Count == 0 && NameFiles.HostServers().All(IPAddress.IsLoopback);

    private void WriteNames(ContainerInfo info, SandboxRecord? sandbox) => NameFiles.Write(WithNameServers(info, sandbox), NamesIn(info, sandbox));

    private ContainerInfo WithNameServers(ContainerInfo info, SandboxRecord? sandbox)
    {
        HostSettings host = info.Host;
        if (host.Dns is not { Count: > 0 }) host = host with { Dns = networks.Options.NameServers };
        if (host.DnsSearch is not { Count: > 0 }) host = host with { DnsSearch = sandbox?.Endpoints.SelectMany(end => end.SearchDomains).Distinct().ToArray() is { Length: > 0 } told ? told : networks.Options.SearchDomains };
        return info with { Host = host };
    }

    private NetworkNames NamesIn(ContainerInfo info, SandboxRecord? sandbox)
    {
        if (sandbox is null) return NetworkNames.None with { HostGateway = networks.HostGateway };
        return new()
        {
            HasOwn = true,
            // In the network of who names none names are the host's matter, unless the host's servers cannot be reached from there.
            IsServed = HasUnreachableServers(info) || sandbox.Endpoints.Any(endpoint => networks.Find(endpoint.NetworkId).HasNames),
            Own = [.. sandbox.Endpoints.SelectMany(AddressesOf)],
            Others = [.. (info.Host.Links ?? []).SelectMany(link => Linked(link, sandbox))],
            HostGateway = networks.HostGateway,
        };
    }

    /// <summary>The addresses of a container that this one is linked to, in a network that both are in.</summary>
    private IEnumerable<(IPAddress, string)> Linked(string link, SandboxRecord sandbox)
    {
        (string name, string alias) = LinkText.Parse(link);
        ContainerInfo other = table.Get(name).Info;
        EndpointRecord shared = networks.SandboxOf(other.Id)?.Endpoints.FirstOrDefault(end => sandbox.Endpoints.Any(own => own.NetworkId == end.NetworkId))
            ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"Cannot link to a non running container: /{other.Name} AS /{alias}");
        string names = string.Join(' ', ((string[])[alias, other.Settings.Hostname ?? other.ShortId, other.Name]).Distinct());
        return AddressesOf(shared).Select(address => (address, names));
    }

    /// <summary>Variables that tell a container of the network <c>bridge</c> of those that it is linked to; in networks with names they are not made, as with docker.</summary>
    private IEnumerable<string> LinkVariables(ContainerInfo info)
    {
        if (info.Host.Links is not { Count: > 0 } || info.Host.NetworkMode is not ("" or "default" or "bridge")) yield break;
        string bridge = networks.Find("").Id;
        foreach (string link in info.Host.Links)
        {
            (string name, string alias) = LinkText.Parse(link);
            ContainerInfo other = table.Get(name).Info;
            // One that does not run fails the start when names are written.
            if (networks.SandboxOf(other.Id)?.Endpoints.FirstOrDefault(end => end.NetworkId == bridge)?.Ipv4 is not { } address) continue;
            foreach (string variable in LinkEnvironment.Of(info, alias, other, address)) yield return variable;
        }
    }

    private static IEnumerable<IPAddress> AddressesOf(EndpointRecord endpoint) => ((IPAddress?[])[endpoint.Ipv4, endpoint.Ipv6]).OfType<IPAddress>();

    private IEnumerable<EventDraft> NetworkEvents(SandboxRecord? sandbox, string action) =>
        (sandbox?.Endpoints ?? []).Select(endpoint => networks.Event(networks.Find(endpoint.NetworkId), action, sandbox!.ContainerId));
}
