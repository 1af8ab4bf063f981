using System.Net;
using Keelson.Engine.Networks;
using Keelson.Network.Records;

namespace Keelson.DockerApi.Tests.Fakes;

/// <summary>Networks in memory: those that every engine has, and what a test adds.</summary>
internal sealed class FakeNetworks : INetworkService
{
    private readonly List<NetworkRecord> networks = [new() { Id = new string('1', 64), Name = "none", Driver = "null" }, new() { Id = new string('2', 64), Name = "host", Driver = "host" }];

    /// <summary>Containers that are in networks.</summary>
    public Dictionary<string, SandboxRecord> Sandboxes { get; } = [];

    public string Default => "none";

    public IPAddress? HostGateway => null;

    public IReadOnlyList<NetworkRecord> List() => [.. networks.OrderBy(network => network.Name, StringComparer.Ordinal)];

    public NetworkRecord Find(string reference) => networks.FirstOrDefault(network => network.Name == (reference is "" or "default" ? Default : reference) || network.Id.StartsWith(reference, StringComparison.Ordinal))
        ?? throw new KeelsonException(ErrorKind.NotFound, $"network {reference} not found");

    public Task<byte[]> DiagnoseAsync(CancellationToken cancel = default) => Task.FromResult("{}"u8.ToArray());

    public bool IsPredefined(NetworkRecord network) => network.Name is "none" or "host";

    public Task<NetworkRecord> CreateAsync(NetworkRecord wish, CancellationToken cancel = default)
    {
        if (IsPredefined(wish)) throw new KeelsonException(ErrorKind.PermissionDenied, $"operation is not permitted on predefined {wish.Name} network");
        NetworkRecord made = wish with { Id = $"{networks.Count:x}".PadRight(64, 'b') };
        networks.Add(made);
        return Task.FromResult(made);
    }

    public Task RemoveAsync(string reference, CancellationToken cancel = default)
    {
        NetworkRecord network = Find(reference);
        if (IsPredefined(network)) throw new KeelsonException(ErrorKind.PermissionDenied, $"{network.Name} is a pre-defined network and cannot be removed");
        if (Endpoints(network.Id).Count > 0) throw new KeelsonException(ErrorKind.FailedPrecondition, $"network {network.Name} has active endpoints");
        networks.Remove(network);
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyList<string>> PruneAsync(Func<NetworkRecord, bool> filter, CancellationToken cancel = default)
    {
        List<string> removed = [];
        foreach (NetworkRecord network in List().Where(network => !IsPredefined(network) && Endpoints(network.Id).Count == 0 && filter(network)))
        {
            await RemoveAsync(network.Id, cancel);
            removed.Add(network.Name);
        }
        return removed;
    }

    public SandboxRecord? SandboxOf(string containerId) => Sandboxes.GetValueOrDefault(containerId);

    public IReadOnlyList<(string ContainerId, EndpointRecord Endpoint)> Endpoints(string networkId) =>
        [.. Sandboxes.Values.SelectMany(sandbox => sandbox.Endpoints.Where(endpoint => endpoint.NetworkId == networkId).Select(endpoint => (sandbox.ContainerId, endpoint)))];
}
