using Keelson.Oci;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Usage;

/// <summary>How much repositories hold. Each is counted when it is first asked for, and followed as long as it is among those that were used last.</summary>
/// <param name="driver">The store.</param>
/// <param name="links">Its links.</param>
/// <param name="options">How it behaves.</param>
/// <param name="isShared">Whether others change the store as well: then it is counted anew after a minute.</param>
internal sealed class UsageIndex(IStorageDriver driver, LinkFiles links, RegistryStoreOptions options, bool isShared = false)
{
    private static readonly TimeSpan SharedLifetime = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly LruCache<string, Entry> repositories = new(options.IndexCacheCount);
    private Entry? registry;

    /// <summary>What a repository holds.</summary>
    public async ValueTask<RepositoryUsage> OfAsync(string repository, CancellationToken cancel)
    {
        Entry entry;
        lock (gate)
        {
            if (!repositories.TryGet(repository, out Entry? known) || IsOld(known)) repositories.Set(repository, known = new() { Begun = options.Time.GetUtcNow() });
            entry = known;
            entry.Counting ??= CountAsync(repository, entry);
        }
        await entry.Counting.WaitAsync(cancel).ConfigureAwait(false);
        return entry.Usage;
    }

    /// <summary>What the registry holds: all content once.</summary>
    public async ValueTask<RepositoryUsage> OfAllAsync(CancellationToken cancel)
    {
        Entry entry;
        lock (gate)
        {
            if (registry is null || IsOld(registry)) registry = new() { Begun = options.Time.GetUtcNow() };
            entry = registry;
            entry.Counting ??= CountAllAsync(entry);
        }
        await entry.Counting.WaitAsync(cancel).ConfigureAwait(false);
        return entry.Usage;
    }

    /// <summary>A repository has been given a blob or manifest.</summary>
    public void Given(string repository, Digest digest, bool isManifest, long bytes) => Find(repository)?.Add(digest, isManifest, bytes);

    /// <summary>A repository has lost a blob or manifest.</summary>
    public void Taken(string repository, Digest digest, bool isManifest) => Find(repository)?.Remove(digest, isManifest);

    /// <summary>Content was stored.</summary>
    public void Stored(Digest digest, long bytes) => Volatile.Read(ref registry)?.Usage.Add(digest, false, bytes);

    /// <summary>Content was removed.</summary>
    public void Removed(Digest digest) => Volatile.Read(ref registry)?.Usage.Remove(digest, false);

    private bool IsOld(Entry entry) => isShared && options.Time.GetUtcNow() - entry.Begun >= SharedLifetime;

    private RepositoryUsage? Find(string repository) => repositories.TryGet(repository, out Entry? entry) ? entry.Usage : null;

    private async Task CountAsync(string repository, Entry entry)
    {
        // Nobody waits for the disk with the lock held.
        await Task.Yield();
        try
        {
            foreach (bool isManifest in (bool[])[false, true])
                await CountAsync(isManifest ? StorePaths.Revisions(repository) : StorePaths.Layers(repository), isManifest, entry.Usage).ConfigureAwait(false);
            entry.Usage.EndCount();
        }
        catch
        {
            lock (gate) repositories.Remove(repository);
            throw;
        }
    }

    private async Task CountAsync(string folder, bool isManifest, RepositoryUsage usage)
    {
        foreach (Digest digest in await links.ListAsync(folder, CancellationToken.None).ConfigureAwait(false))
            if (await driver.FindAsync(StorePaths.Blob(digest)).ConfigureAwait(false) is { IsFolder: false } status) usage.Count(digest, isManifest, status.Length);
    }

    private async Task CountAllAsync(Entry entry)
    {
        await Task.Yield();
        try
        {
            foreach (string algorithm in await driver.ListAsync(StorePaths.Blobs).ConfigureAwait(false))
                foreach (string shard in await driver.ListAsync($"{StorePaths.Blobs}/{algorithm}").ConfigureAwait(false))
                    foreach (string hex in await driver.ListAsync($"{StorePaths.Blobs}/{algorithm}/{shard}").ConfigureAwait(false))
                        if (Digest.TryParse($"{algorithm}:{hex}", out Digest digest) && await driver.FindAsync(StorePaths.Blob(digest)).ConfigureAwait(false) is { IsFolder: false } status)
                            entry.Usage.Count(digest, false, status.Length);
            entry.Usage.EndCount();
        }
        catch
        {
            lock (gate) registry = null;
            throw;
        }
    }

    private sealed class Entry
    {
        public readonly RepositoryUsage Usage = new();
        public Task? Counting;

        public required DateTimeOffset Begun { get; init; }
    }
}
