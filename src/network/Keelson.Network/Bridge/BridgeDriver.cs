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
    private readonly Lock gate = new();
    private NftWatch? watch;
    private readonly Dictionary<string, List<PublishedPort>> ports = new(StringComparer.Ordinal);

    /// <summary>Opens the way to the kernel.</summary>
    /// <param name="host">Where the bridges are.</param>
    /// <param name="table">Name of the table of packet filters, which is this engine's alone.</param>
    public BridgeDriver(NetworkPlace host, string table)
    {
        (this.host, devices, rules) = (host, new(host), new(table));
    }

    /// <inheritdoc/>
    public string Name => "bridge";

    /// <inheritdoc/>
    public bool HasAddresses => true;

    /// <summary>Closes it; what was laid stays.</summary>
    public void Dispose()
    {
        watch?.Dispose();
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
        NftBatch batch = new();
        rules.Add(batch, info);
        Commit(batch);
        devices.Make(info);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(NetworkRecord network, CancellationToken cancel)
    {
        NetworkInfo info = BridgeSettings.Read(network);
        devices.Remove(info);
        lock (gate)
        {
            ports.Remove(network.Id);
            NftBatch batch = new();
            rules.Remove(batch, info);
            try
            {
                Commit(batch);
            }
            catch (LinuxException e) when (e.Errno == Errno.ENOENT)
            {
                // It was not laid, or somebody has flushed it.
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
            List<PublishedPort> standing = [.. ports.GetValueOrDefault(network.Id) ?? []];
            NftBatch batch = new();
            foreach (PublishedPort port in removed)
                if (standing.Remove(port)) rules.Remove(batch, info, port, standing);
            foreach (PublishedPort port in added)
            {
                rules.Add(batch, info, port);
                standing.Add(port);
            }
            Commit(batch);
            ports[network.Id] = standing;
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task DisturbedAsync(CancellationToken cancel)
    {
        watch ??= await NftWatch.OpenAsync(rules.Table, host.Namespace, cancel).ConfigureAwait(false);
        await watch.NextAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask RestoreAsync(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, PublishedPort Port)> ports, CancellationToken cancel)
    {
        Dictionary<string, NetworkInfo> laid = networks.ToDictionary(network => network.Id, BridgeSettings.Read, StringComparer.Ordinal);
        lock (gate)
        {
            Commit(rules.Rebuild(laid.Values, ports.Where(port => laid.ContainsKey(port.Network.Id)).Select(port => (laid[port.Network.Id], port.Port))));
            this.ports.Clear();
            foreach ((NetworkRecord network, PublishedPort port) in ports)
            {
                if (!this.ports.TryGetValue(network.Id, out List<PublishedPort>? standing)) this.ports.Add(network.Id, standing = []);
                standing.Add(port);
            }
        }
        foreach (NetworkInfo info in laid.Values) devices.Make(info);
        return ValueTask.CompletedTask;
    }

    private void Commit(NftBatch batch)
    {
        if (batch.Count == 0) return;
        using NftSocket filters = NftSocket.Open(host.Namespace);
        filters.Commit(batch);
    }

    private static BridgeEndpoint EndOf(EndpointRecord endpoint) => new()
    {
        Id = endpoint.Id, Name = endpoint.Device, Ipv4 = endpoint.Ipv4, Ipv6 = endpoint.Ipv6, HardwareAddress = Convert.FromHexString(endpoint.HardwareAddress), IsGateway = false,
        Sysctls = [.. endpoint.Sysctls.Select(setting => (setting.Key, setting.Value))],
    };
}
