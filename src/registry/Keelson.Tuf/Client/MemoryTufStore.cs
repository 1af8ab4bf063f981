using System.Collections.Concurrent;

namespace Keelson.Tuf;

/// <summary>Keeps trusted metadata in memory: rollbacks are seen as long as the program runs.</summary>
public sealed class MemoryTufStore : ITufStore
{
    private readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> files = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>?> LoadAsync(string role, CancellationToken cancellation = default) =>
        Task.FromResult(files.TryGetValue(role, out ReadOnlyMemory<byte> content) ? content : (ReadOnlyMemory<byte>?)null);

    /// <inheritdoc/>
    public Task SaveAsync(string role, ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
    {
        files[role] = content.ToArray();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string role, CancellationToken cancellation = default)
    {
        files.TryRemove(role, out _);
        return Task.CompletedTask;
    }
}
