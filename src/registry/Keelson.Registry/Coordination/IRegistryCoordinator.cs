namespace Keelson.Registry.Coordination;

/// <summary>What requests that change one store agree by: those of one process, or of several registries that share the store.</summary>
public interface IRegistryCoordinator : IAsyncDisposable
{
    /// <summary>Whether others than this process change the store.</summary>
    bool IsShared { get; }

    /// <summary>What this process is called among those that share the store: no two have the same name at a time. It is in the names of files that are its alone; empty where the store is not shared.</summary>
    string Member { get; }

    /// <summary>Waits for a name, and holds it until the result is disposed. Nobody else holds it meanwhile.</summary>
    /// <param name="name">What is held.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">Unavailable: locks cannot be had now.</exception>
    ValueTask<IRegistryLock> EnterAsync(string name, CancellationToken cancel);

    /// <summary>How often what is under a name has changed; another number says that what was kept of it is out of date.</summary>
    /// <exception cref="KeelsonException">Unavailable: it cannot be told now.</exception>
    ValueTask<long> VersionAsync(string name, CancellationToken cancel);

    /// <summary>Begins to hear which names are marked.</summary>
    ValueTask<IMarkWatch> WatchAsync(CancellationToken cancel);
}
