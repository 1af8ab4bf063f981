using Keelson.Network.Records;

namespace Keelson.Network.Control;

/// <summary>Networks of which nothing is laid: a container has the loopback device and nothing else (<c>null</c>), or the host's own namespace (<c>host</c>).</summary>
/// <param name="name">Which of both.</param>
public sealed class NullDriver(string name) : INetworkDriver
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool HasAddresses => false;

    /// <inheritdoc/>
    public void Check(NetworkRecord network)
    {
    }

    /// <inheritdoc/>
    public ValueTask LayAsync(NetworkRecord network, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask RemoveAsync(NetworkRecord network, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<EndpointRecord> JoinAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel) => new(endpoint);

    /// <inheritdoc/>
    public ValueTask LeaveAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask LeadAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, bool isIpv6, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask PublishAsync(NetworkRecord network, IReadOnlyList<PublishedPort> added, IReadOnlyList<PublishedPort> removed, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public Task DisturbedAsync(CancellationToken cancel) => Task.Delay(Timeout.InfiniteTimeSpan, cancel);

    /// <inheritdoc/>
    public ValueTask RestoreAsync(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, PublishedPort Port)> ports, CancellationToken cancel) => ValueTask.CompletedTask;
}
