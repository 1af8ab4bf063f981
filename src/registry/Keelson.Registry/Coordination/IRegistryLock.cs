namespace Keelson.Registry.Coordination;

/// <summary>Holds a name.</summary>
public interface IRegistryLock : IAsyncDisposable
{
    /// <summary>Says that what is under the name is about to change, in a way that must not come half or late. Who enters after a holder that did not end it waits until nothing that it sent can still arrive.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Cancelled when the change takes so long that others may soon go on: everything that is done for it is to stop then.</returns>
    /// <exception cref="KeelsonException">Unavailable: the name is no longer held, and nothing may be changed.</exception>
    ValueTask<CancellationToken> BeginChangeAsync(CancellationToken cancel = default);

    /// <summary>Says that the change is done: from now on <see cref="IRegistryCoordinator.VersionAsync"/> is another one for all.</summary>
    /// <exception cref="KeelsonException">Unavailable: the name was lost meanwhile, and nobody may be told that it is done.</exception>
    ValueTask EndChangeAsync();

    /// <summary>Marks the name for who watches.</summary>
    /// <exception cref="KeelsonException">Unavailable: the name was lost meanwhile, and nobody may be told that it is done.</exception>
    ValueTask MarkAsync();
}
