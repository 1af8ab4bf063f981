using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Tests.Fakes;

/// <summary>No removed containers.</summary>
internal sealed class FakeRemoved : IRemovedContainers
{
    public IReadOnlyList<RemovedContainer> List() => [];

    public RemovedContainer Get(string nameOrId) => RemovedContainer.Find([], nameOrId);

    public IAsyncEnumerable<LogLine> LogsAsync(string nameOrId, LogOptions options, CancellationToken cancel = default) => throw new InvalidOperationException("there is no log");

    public void Remove(string nameOrId) => throw new InvalidOperationException("there is no log");
}
