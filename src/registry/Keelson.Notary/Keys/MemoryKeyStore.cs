namespace Keelson.Notary.Keys;

/// <summary>Keys in memory, gone with the process.</summary>
public sealed class MemoryKeyStore : IKeyStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, WrappedKey> keys = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public ValueTask<WrappedKey?> FindAsync(string id, CancellationToken cancel = default)
    {
        lock (gate) return new(keys.GetValueOrDefault(id));
    }

    /// <inheritdoc/>
    public ValueTask<WrappedKey?> FindUnusedAsync(string gun, string role, string algorithm, CancellationToken cancel = default)
    {
        lock (gate) return new(keys.Values.FirstOrDefault(key => key.LastUsed is null && (key.Gun, key.Role, key.Algorithm) == (gun, role, algorithm)));
    }

    /// <inheritdoc/>
    public Task AddAsync(WrappedKey key, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (gate)
            if (!keys.TryAdd(key.Id, key)) throw new KeelsonException(ErrorKind.AlreadyExists, $"add key {key.Id}: there is one of this name");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> MarkUsedAsync(string id, DateTimeOffset time, CancellationToken cancel = default)
    {
        lock (gate)
        {
            bool isThere = keys.TryGetValue(id, out WrappedKey? key);
            if (isThere) keys[id] = key! with { LastUsed = time };
            return Task.FromResult(isThere);
        }
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string id, CancellationToken cancel = default)
    {
        lock (gate) return Task.FromResult(keys.Remove(id));
    }

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancel = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
