namespace Keelson.Notary.Keys;

/// <summary>Keeps wrapped keys. Safe for use by many callers.</summary>
public interface IKeyStore : IAsyncDisposable
{
    /// <summary>Its name, for messages: <c>memory</c>, <c>sqlite3</c>, <c>postgres</c>, <c>mysql</c>.</summary>
    string Name { get; }

    /// <summary>A key; <see langword="null"/> when there is none.</summary>
    /// <exception cref="KeelsonException">Unavailable: the store cannot be asked.</exception>
    ValueTask<WrappedKey?> FindAsync(string id, CancellationToken cancel = default);

    /// <summary>A key for a role of a collection that has signed nothing yet, the first in order of their names; <see langword="null"/> when there is none.</summary>
    /// <exception cref="KeelsonException">Unavailable: the store cannot be asked.</exception>
    ValueTask<WrappedKey?> FindUnusedAsync(string gun, string role, string algorithm, CancellationToken cancel = default);

    /// <summary>Takes a new key.</summary>
    /// <exception cref="KeelsonException">AlreadyExists: there is one of this name. Unavailable: the store cannot be asked.</exception>
    Task AddAsync(WrappedKey key, CancellationToken cancel = default);

    /// <summary>Says that a key signs.</summary>
    /// <returns>Whether there is such a key.</returns>
    /// <exception cref="KeelsonException">Unavailable: the store cannot be asked.</exception>
    Task<bool> MarkUsedAsync(string id, DateTimeOffset time, CancellationToken cancel = default);

    /// <summary>Removes a key for good.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="KeelsonException">Unavailable: the store cannot be asked.</exception>
    Task<bool> DeleteAsync(string id, CancellationToken cancel = default);

    /// <summary>Makes sure that it can be asked.</summary>
    /// <exception cref="KeelsonException">Unavailable: it cannot.</exception>
    Task CheckAsync(CancellationToken cancel = default);
}
