using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Access;

/// <summary>Removed containers as the clients of a socket with a label see them: their own alone.</summary>
/// <param name="inner">All of them.</param>
/// <param name="isHere">Whether one is theirs.</param>
internal sealed class ScopedRemoved(IRemovedContainers inner, Func<RemovedContainer, bool> isHere) : IRemovedContainers
{
    /// <inheritdoc/>
    public IReadOnlyList<RemovedContainer> List() => [.. inner.List().Where(isHere)];

    /// <inheritdoc/>
    public RemovedContainer Get(string nameOrId) => RemovedContainer.Find(List(), nameOrId);

    /// <inheritdoc/>
    public IAsyncEnumerable<LogLine> LogsAsync(string nameOrId, LogOptions options, CancellationToken cancel = default) => inner.LogsAsync(Get(nameOrId).Info.Id, options, cancel);

    /// <inheritdoc/>
    public void Remove(string nameOrId) => inner.Remove(Get(nameOrId).Info.Id);
}
