using System.Collections.Concurrent;
using System.Globalization;
using Keelson.Notary.Stores;

namespace Keelson.Notary.Server;

/// <summary>Files of collections in memory, as they are served.</summary>
/// <remarks>
/// A current file is kept until its collection is changed here; where others write to the store, for a second. What was read before a change and comes after it is not kept:
/// changes are counted.
/// </remarks>
internal sealed class CollectionCache(ITrustStore store, NotaryServerOptions options)
{
    // Several collections share a counter: then a file is read once more than it had to be.
    private const int Counters = 1024;

    private readonly ConcurrentDictionary<string, Collection> collections = new(StringComparer.Ordinal);
    private readonly TimeProvider time = options.Time;
    private readonly long[] changes = new long[Counters];
    private long bytes;

    /// <summary>The current file of a role.</summary>
    public ValueTask<ServedFile?> FindAsync(string gun, string role, CancellationToken cancel) =>
        GetAsync(gun, role, isCurrent: true, static (store, gun, role, _, cancel) => store.FindAsync(gun, role, cancel), role, cancel);

    /// <summary>The file of a role with a hash.</summary>
    public ValueTask<ServedFile?> FindByHashAsync(string gun, string role, string hash, CancellationToken cancel) =>
        GetAsync(gun, $"{role}.{hash}", isCurrent: false, static (store, gun, role, key, cancel) => store.FindByHashAsync(gun, role, key[(role.Length + 1)..], cancel), role, cancel);

    /// <summary>The file of a role with a version.</summary>
    public ValueTask<ServedFile?> FindByVersionAsync(string gun, string role, long version, CancellationToken cancel) =>
        GetAsync(gun, string.Create(CultureInfo.InvariantCulture, $"{role}:{version}"), isCurrent: false,
            static (store, gun, role, key, cancel) => store.FindByVersionAsync(gun, role, long.Parse(key.AsSpan(role.Length + 1), CultureInfo.InvariantCulture), cancel), role, cancel);

    /// <summary>Forgets what was current of a collection. Called after each change of it.</summary>
    public void Forget(string gun)
    {
        Interlocked.Increment(ref Changes(gun));
        if (collections.TryGetValue(gun, out Collection? collection)) Clear(collection);
    }

    private async ValueTask<ServedFile?> GetAsync(string gun, string key, bool isCurrent, Func<ITrustStore, string, string, string, CancellationToken, ValueTask<TrustFile?>> read, string role, CancellationToken cancel)
    {
        long before = Volatile.Read(ref Changes(gun));
        if (collections.TryGetValue(gun, out Collection? collection))
        {
            collection.UsedAt = time.GetTimestamp();
            if (collection.Files.TryGetValue(key, out ServedFile? known) && !(isCurrent && store.IsShared && time.GetElapsedTime(known.ReadAt) > options.SharedLifetime)) return known;
        }
        long now = time.GetTimestamp();
        if (await read(store, gun, role, key, cancel).ConfigureAwait(false) is not { } found) return null;
        ServedFile file = new(found, now);
        if (file.Data.Length > options.CacheLimitBytes / 4) return file;
        Keep(gun, key, file, before);
        if (Interlocked.Read(ref bytes) > options.CacheLimitBytes) Shrink();
        return file;
    }

    /// <summary>Drops the collections that were asked for longest ago, until a quarter is free.</summary>
    private void Shrink()
    {
        foreach ((string gun, Collection collection) in collections.ToArray().OrderBy(pair => pair.Value.UsedAt))
        {
            if (Interlocked.Read(ref bytes) <= options.CacheLimitBytes / 4 * 3) return;
            if (!collections.TryRemove(new(gun, collection))) continue;
            lock (collection) collection.IsDropped = true;
            Clear(collection);
        }
    }

    private void Keep(string gun, string key, ServedFile file, long before)
    {
        Collection collection = collections.GetOrAdd(gun, _ => new());
        lock (collection)
        {
            if (collection.IsDropped || Volatile.Read(ref Changes(gun)) != before) return;
            collection.UsedAt = file.ReadAt;
            if (collection.Files.TryGetValue(key, out ServedFile? other)) Interlocked.Add(ref bytes, -other.Data.Length);
            collection.Files[key] = file;
            Interlocked.Add(ref bytes, file.Data.Length);
        }
    }

    private void Clear(Collection collection)
    {
        lock (collection)
            foreach (string key in collection.Files.Keys)
                if (collection.Files.TryRemove(key, out ServedFile? file)) Interlocked.Add(ref bytes, -file.Data.Length);
    }

    private ref long Changes(string gun) => ref changes[(uint)string.GetHashCode(gun, StringComparison.Ordinal) % Counters];

    private sealed class Collection
    {
        public ConcurrentDictionary<string, ServedFile> Files { get; } = new(StringComparer.Ordinal);
        public long UsedAt { get; set; }
        public bool IsDropped { get; set; }
    }
}

/// <summary>A file with what its answer says.</summary>
internal sealed class ServedFile(TrustFile file, long readAt)
{
    /// <summary>Its bytes.</summary>
    public ReadOnlyMemory<byte> Data { get; } = file.Data;

    /// <summary>Its hash in quotes.</summary>
    public string ETag { get; } = $"\"{file.Sha256}\"";

    /// <summary>When it came. Notary's servers end with <c>UTC</c> where HTTP has <c>GMT</c>, and its clients read both.</summary>
    public string LastModified { get; } = file.CreatedAt.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>When it was read.</summary>
    public long ReadAt { get; } = readAt;
}
