using System.Net;
using Keelson.Linux;
using Keelson.Netlink.Netfilter;
using Keelson.Network.Control;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Bridge;

/// <summary>Networks on bridges of this host.</summary>
public sealed class BridgeDriver : INetworkDriver, IDisposable
{
    private readonly NetworkPlace host;
    private readonly BridgeDevices devices;
    private readonly BridgeRules rules;
    private readonly NftSocket filters;
    private readonly Lock gate = new();
    private readonly TaskCompletionSource hasBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NftWatch? watch;
    private readonly Dictionary<string, NetworkInfo> laid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<PublishedPort>> ports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<(IPAddress From, IPAddress To)>> peers = new(StringComparer.Ordinal);

    /// <summary>Opens the way to the kernel.</summary>
    /// <param name="host">Where the bridges are.</param>
    /// <param name="table">Name of the table of packet filters, which is this engine's alone.</param>
    public BridgeDriver(NetworkPlace host, string table)
    {
        (this.host, devices, rules) = (host, new(host), new(table));
        try
        {
            filters = NftSocket.Open(host.Namespace);
        }
        catch
        {
            devices.Dispose();
            throw;
        }
    }

    /// <summary>Called between the steps of changes, so that tests can end the process at each of them.</summary>
    public Action<string>? Step
    {
        get => devices.Step;
        set => devices.Step = value;
    }

    /// <inheritdoc/>
    public string Name => "bridge";

    /// <inheritdoc/>
    public bool HasAddresses => true;

    /// <inheritdoc/>
    public bool LimitsBandwidth => true;

    /// <inheritdoc/>
    public bool PartsNeighbours(NetworkRecord network) => !BridgeSettings.AllowsNeighbours(network);

    /// <inheritdoc/>
    public PortPassing Passing(NetworkRecord network) => BridgeSettings.ObeysHostFirewall(network) ? PortPassing.FromHost : PortPassing.ByRules;

    /// <summary>Closes it; what was laid stays.</summary>
    public void Dispose()
    {
        watch?.Dispose();
        filters.Dispose();
        devices.Dispose();
    }

    /// <summary>Networks that the host has a route to.</summary>
    public IReadOnlyList<System.Net.IPNetwork> Routes() => devices.Routes();

    /// <inheritdoc/>
    public void Check(NetworkRecord network) => BridgeSettings.Read(network);

    /// <inheritdoc/>
    public ValueTask LayAsync(NetworkRecord network, CancellationToken cancel)
    {
        NetworkInfo info = BridgeSettings.Read(network);
        // The rules first: there is no moment at which somebody is in the network and it is open.
        lock (gate)
        {
            NftBatch batch = new();
            rules.Add(batch, info);
            laid[network.Id] = info;
            try
            {
                Commit(batch);
            }
            catch
            {
                laid.Remove(network.Id);
                throw;
            }
        }
        hasBegun.TrySetResult();
        Step?.Invoke("rules laid");
        devices.Make(info);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(NetworkRecord network, CancellationToken cancel)
    {
        devices.Remove(BridgeSettings.Read(network));
        Step?.Invoke("bridge removed");
        lock (gate)
        {
            ports.Remove(network.Id);
            peers.Remove(network.Id);
            if (!laid.Remove(network.Id, out NetworkInfo? info)) return ValueTask.CompletedTask;
            NftBatch batch = new();
            // The last one takes the table along.
            if (laid.Count == 0) batch.Add(rules.Table).Remove(rules.Table);
            else rules.Remove(batch, info);
            try
            {
                Commit(batch);
            }
            catch
            {
                // Whoever tries again finds it.
                laid.Add(network.Id, info);
                throw;
            }
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<EndpointRecord> JoinAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel)
    {
        using FdHandle place = SandboxNamespace.Open(sandbox.Path);
        devices.Join(BridgeSettings.Read(network), EndOf(endpoint), place);
        return new(endpoint);
    }

    /// <inheritdoc/>
    public ValueTask LeaveAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel)
    {
        devices.Leave(EndOf(endpoint));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask LeadAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, bool isIpv6, CancellationToken cancel)
    {
        using FdHandle place = SandboxNamespace.Open(sandbox.Path);
        BridgeDevices.Lead(BridgeSettings.Read(network), endpoint.Device, isIpv6, place);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(NetworkRecord network, IReadOnlyList<PublishedPort> added, IReadOnlyList<PublishedPort> removed, CancellationToken cancel)
    {
        NetworkInfo info = BridgeSettings.Read(network);
        lock (gate)
        {
            // Changed where it stands, and changed back when it fails: a copy would cost what all ports of the network do.
            if (!ports.TryGetValue(network.Id, out HashSet<PublishedPort>? standing)) ports.Add(network.Id, standing = []);
            List<PublishedPort> gone = [], come = [];
            NftBatch batch = new();
            foreach (PublishedPort port in removed)
            {
                if (!standing.Remove(port)) continue;
                gone.Add(port);
                rules.Remove(batch, info, port, standing);
            }
            foreach (PublishedPort port in added)
            {
                if (!standing.Add(port)) continue;
                come.Add(port);
                rules.Add(batch, info, port);
            }
            try
            {
                Commit(batch);
            }
            catch
            {
                standing.ExceptWith(come);
                standing.UnionWith(gone);
                throw;
            }
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask AllowAsync(NetworkRecord network, IReadOnlyList<(EndpointRecord From, EndpointRecord To)> pairs, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        HashSet<(IPAddress From, IPAddress To)> wanted = [];
        foreach ((EndpointRecord from, EndpointRecord to) in pairs)
            if (from.Ipv4 is { } source && to.Ipv4 is { } target) wanted.Add((source, target));
        lock (gate)
        {
            HashSet<(IPAddress From, IPAddress To)> standing = peers.GetValueOrDefault(network.Id) ?? [];
            if (wanted.SetEquals(standing)) return ValueTask.CompletedTask;
            peers[network.Id] = wanted;
            // Before it is laid it is remembered.
            if (!laid.TryGetValue(network.Id, out NetworkInfo? info)) return ValueTask.CompletedTask;
            NftBatch batch = new();
            rules.Allow(batch, [.. wanted.Except(standing)], [.. standing.Except(wanted)]);
            try
            {
                Commit(batch);
            }
            catch
            {
                peers[network.Id] = standing;
                throw;
            }
            if (wanted.Count > 0) devices.Mediate(info);
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Findings(NetworkRecord network, IReadOnlyList<(SandboxRecord Sandbox, EndpointRecord Endpoint)> ends)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(ends);
        List<string> findings = devices.Findings(BridgeSettings.Read(network), [.. ends.Select(end => (end.Sandbox.ContainerId, EndOf(end.Endpoint)))]);
        lock (gate)
            if (!filters.ListTables().Contains(rules.Table)) findings.Add($"network {network.Name}: the table {rules.Table.Name} of its rules is gone");
        return findings;
    }

    /// <inheritdoc/>
    public async Task DisturbedAsync(CancellationToken cancel)
    {
        await hasBegun.Task.WaitAsync(cancel).ConfigureAwait(false);
        watch ??= new(rules.Table, filters, host.Namespace);
        await watch.NextAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask RestoreAsync(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, PublishedPort Port)> ports, CancellationToken cancel)
    {
        lock (gate)
        {
            Know(networks, ports);
            if (laid.Count == 0)
            {
                RemoveLeftTable();
                return ValueTask.CompletedTask;
            }
            hasBegun.TrySetResult();
            filters.Commit(Everything());
            foreach (NetworkInfo info in laid.Values)
            {
                devices.Make(info);
                if (peers.GetValueOrDefault(info.Id) is { Count: > 0 }) devices.Mediate(info);
            }
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RecallAsync(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, PublishedPort Port)> ports, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(networks);
        bool isThere = filters.ListTables().Contains(rules.Table);
        if (isThere != networks.Count > 0) return RestoreAsync(networks, ports, cancel);
        lock (gate) Know(networks, ports);
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes a change. When somebody has taken away what it is a change of, everything is laid anew, as it is to be.</summary>
    private void Commit(NftBatch batch)
    {
        if (batch.Count == 0) return;
        try
        {
            filters.Commit(batch);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.EEXIST)
        {
            filters.Commit(Everything());
        }
    }

    private void Know(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, PublishedPort Port)> published)
    {
        laid.Clear();
        ports.Clear();
        foreach (NetworkRecord network in networks) laid.Add(network.Id, BridgeSettings.Read(network));
        foreach (IGrouping<string, PublishedPort> group in published.GroupBy(port => port.Network.Id, port => port.Port)) ports.Add(group.Key, [.. group]);
    }

    /// <summary>Removes the table of a driver that was killed after its last network was gone.</summary>
    private void RemoveLeftTable()
    {
        try
        {
            if (filters.ListTables().Contains(rules.Table)) filters.Commit(new NftBatch().Add(rules.Table).Remove(rules.Table));
        }
        catch (LinuxException e) when (e.Errno == Errno.EPERM)
        {
            // Whoever may not see tables has made none.
        }
    }

    private NftBatch Everything()
    {
        NftBatch batch = Networks();
        rules.Allow(batch, [.. peers.Where(standing => laid.ContainsKey(standing.Key)).SelectMany(standing => standing.Value)], []);
        return batch;
    }

    private NftBatch Networks() => rules.Rebuild(laid.Values, ports.Where(standing => laid.ContainsKey(standing.Key)).SelectMany(standing => standing.Value.Select(port => (laid[standing.Key], port))));

    private static BridgeEndpoint EndOf(EndpointRecord endpoint) => new()
    {
        IngressBitsPerSecond = EndpointOptions.Limits(endpoint.Options).Ingress, EgressBitsPerSecond = EndpointOptions.Limits(endpoint.Options).Egress,
        Id = endpoint.Id, Name = endpoint.Device, Ipv4 = endpoint.Ipv4, Ipv6 = endpoint.Ipv6, HardwareAddress = Convert.FromHexString(endpoint.HardwareAddress), IsGateway = false,
        Sysctls = [.. endpoint.Sysctls.Select(setting => (setting.Key, setting.Value))],
    };
}
