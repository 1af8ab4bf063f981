namespace Keelson.Engine.Containers;

/// <summary>Containers that are gone and whose logs stay, because a label of theirs asked for it.</summary>
public interface IRemovedContainers
{
    /// <summary>All of them, the last one first.</summary>
    IReadOnlyList<RemovedContainer> List();

    /// <summary>The last one of a name, or the one of an identity or the beginning of one.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none. InvalidArgument: several identities begin so.</exception>
    RemovedContainer Get(string nameOrId);

    /// <summary>Reads a log to its end.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none.</exception>
    IAsyncEnumerable<LogLine> LogsAsync(string nameOrId, LogOptions options, CancellationToken cancel = default);

    /// <summary>Removes a log.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none.</exception>
    void Remove(string nameOrId);
}
