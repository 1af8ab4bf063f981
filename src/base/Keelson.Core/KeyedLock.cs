namespace Keelson;

/// <summary>A lock for each name; a name that nobody holds or waits for costs nothing.</summary>
public sealed class KeyedLock
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>Waits for a name, and holds it until the result is disposed.</summary>
    public async ValueTask<Holder> EnterAsync(string key, CancellationToken cancel = default)
    {
        Entry entry;
        lock (gate)
        {
            if (!entries.TryGetValue(key, out Entry? found)) entries.Add(key, found = new());
            entry = found;
            entry.Users++;
        }
        try
        {
            await entry.Semaphore.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch
        {
            Leave(key, entry);
            throw;
        }
        return new(this, key, entry);
    }

    private void Leave(string key, Entry entry)
    {
        lock (gate)
        {
            if (--entry.Users > 0) return;
            entries.Remove(key);
        }
        entry.Dispose();
    }

    internal sealed class Entry : IDisposable
    {
        public readonly SemaphoreSlim Semaphore = new(1, 1);
        public int Users;

        public void Dispose() => Semaphore.Dispose();
    }

    /// <summary>Holds a name.</summary>
    public sealed class Holder : IDisposable
    {
        private readonly KeyedLock owner;
        private readonly string key;
        private readonly Entry entry;

        internal Holder(KeyedLock owner, string key, Entry entry) => (this.owner, this.key, this.entry) = (owner, key, entry);

        /// <summary>Lets the name go.</summary>
        public void Dispose()
        {
            entry.Semaphore.Release();
            owner.Leave(key, entry);
        }
    }
}
