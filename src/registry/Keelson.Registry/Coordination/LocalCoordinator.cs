using System.Collections.Concurrent;

namespace Keelson.Registry.Coordination;

/// <summary>Locks in the memory of this process, which has the store alone.</summary>
public sealed class LocalCoordinator : IRegistryCoordinator
{
    private readonly KeyedLock locks = new();

    private event Action<string>? Marked;

    /// <inheritdoc/>
    public bool IsShared => false;

    /// <inheritdoc/>
    public string Member => "";

    /// <inheritdoc/>
    public async ValueTask<IRegistryLock> EnterAsync(string name, CancellationToken cancel) => new Held(this, name, await locks.EnterAsync(name, cancel).ConfigureAwait(false));

    /// <summary>Always the same: whoever keeps something in memory has made the change.</summary>
    public ValueTask<long> VersionAsync(string name, CancellationToken cancel) => new(0);

    /// <inheritdoc/>
    public ValueTask<IMarkWatch> WatchAsync(CancellationToken cancel) => new(new Watch(this));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Held(LocalCoordinator owner, string name, KeyedLock.Holder holder) : IRegistryLock
    {
        public ValueTask<CancellationToken> BeginChangeAsync(CancellationToken cancel) => new(CancellationToken.None);

        public ValueTask EndChangeAsync() => ValueTask.CompletedTask;

        public ValueTask MarkAsync()
        {
            owner.Marked?.Invoke(name);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            holder.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Watch : IMarkWatch
    {
        private readonly LocalCoordinator owner;
        private readonly ConcurrentDictionary<string, bool> seen = new(StringComparer.Ordinal);

        public Watch(LocalCoordinator owner)
        {
            this.owner = owner;
            owner.Marked += Note;
        }

        public ValueTask<bool> HasSeenAsync(string name, CancellationToken cancel) => new(seen.ContainsKey(name));

        public ValueTask DisposeAsync()
        {
            owner.Marked -= Note;
            return ValueTask.CompletedTask;
        }

        private void Note(string name) => seen[name] = true;
    }
}
