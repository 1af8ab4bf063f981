using System.Net;
using Keelson.Engine.Networks;
using Keelson.Network.Records;

namespace Keelson.DockerApi.Access;

/// <summary>Networks as the clients of a socket with a label see them: all of them, and in them their own containers alone.</summary>
/// <param name="inner">All networks.</param>
/// <param name="isHere">Whether a container is theirs, by its identity.</param>
internal sealed class ScopedNetworks(INetworkService inner, Func<string, bool> isHere) : INetworkService
{
    /// <inheritdoc/>
    public string Default => inner.Default;

    /// <inheritdoc/>
    public IPAddress? HostGateway => inner.HostGateway;

    /// <inheritdoc/>
    public IReadOnlyList<NetworkRecord> List() => inner.List();

    /// <inheritdoc/>
    public NetworkRecord Find(string reference) => inner.Find(reference);

    /// <inheritdoc/>
    public bool IsPredefined(NetworkRecord network) => inner.IsPredefined(network);

    /// <inheritdoc/>
    public Task<byte[]> DiagnoseAsync(CancellationToken cancel = default) => throw new KeelsonException(ErrorKind.PermissionDenied, "diagnose networks: the socket is for containers with a label alone");

    /// <inheritdoc/>
    public Task<NetworkRecord> CreateAsync(NetworkRecord wish, CancellationToken cancel = default) => inner.CreateAsync(wish, cancel);

    /// <inheritdoc/>
    public Task RemoveAsync(string reference, CancellationToken cancel = default) => inner.RemoveAsync(reference, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> PruneAsync(Func<NetworkRecord, bool> filter, CancellationToken cancel = default) => inner.PruneAsync(filter, cancel);

    /// <inheritdoc/>
    public SandboxRecord? SandboxOf(string containerId) => isHere(containerId) ? inner.SandboxOf(containerId) : null;

    /// <inheritdoc/>
    public IReadOnlyList<(string ContainerId, EndpointRecord Endpoint)> Endpoints(string networkId) => [.. inner.Endpoints(networkId).Where(end => isHere(end.ContainerId))];
}
