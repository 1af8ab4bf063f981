using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Garbage;

/// <summary>Removes what nothing refers to, while the registry serves.</summary>
/// <remarks>
/// <code>
/// 1  listen to every link that is given to content from now on
/// 2  for each repository, held: manifests that are not wanted go; then blobs that no manifest names and no client was told of within the lease go from it
///    what is left refers to content
/// 3  content that neither step 2 nor step 1 has seen goes, each while nobody can give a link to it
/// </code>
/// A manifest is pushed by whoever holds its repository, after looking that its blobs are there. So a push before step 2 is seen there, and one after it finds
/// its blobs or is told that they are missing; it never refers to what is gone.
/// </remarks>
internal sealed class RegistryCollector(IStorageDriver driver, LinkFiles links, BlobStore blobs, ManifestStore manifests, RepositoryCatalog catalog, IRegistryCoordinator coordinator, RegistryStoreOptions store)
{
    /// <summary>Collects garbage once.</summary>
    public async Task<GarbageReport> CollectAsync(GarbageOptions options, CancellationToken cancel)
    {
        // One at a time: each removes what is noted for those before it.
        await using IRegistryLock alone = await coordinator.EnterAsync(LockNames.Collector, cancel).ConfigureAwait(false);
        await using IMarkWatch linked = await coordinator.WatchAsync(cancel).ConfigureAwait(false);
        DigestSet wanted = new();
        List<(string, Digest)> removed = [];
        int released = 0;
        await foreach ((string repository, _) in catalog.WalkAsync(cancel).ConfigureAwait(false))
            released += await SweepAsync(repository, options, wanted, removed, cancel).ConfigureAwait(false);
        (List<Digest> gone, long bytes) = await SweepContentAsync(wanted, linked, options, cancel).ConfigureAwait(false);
        return new(removed, released, gone, bytes);
    }

    private async Task<int> SweepAsync(string repository, GarbageOptions options, DigestSet wanted, List<(string, Digest)> removed, CancellationToken cancel)
    {
        // Read before the repository is held, so that nobody waits for the disk: what is known by then is read from memory.
        await ReadAsync(repository, [], cancel).ConfigureAwait(false);
        TimeSpan age = options.MinAge ?? store.Lease;
        await using IRegistryLock held = await manifests.EnterAsync(repository, cancel).ConfigureAwait(false);
        Dictionary<Digest, StoredManifest> known = [];
        bool isWhole = await ReadAsync(repository, known, cancel).ConfigureAwait(false);
        if (isWhole && store.CachedLifetime is { } lifetime) await ExpireAsync(held, repository, lifetime(repository), options, known, removed, cancel).ConfigureAwait(false);
        if (isWhole && options.RemovesUntagged)
        {
            HashSet<Digest> reachable = Reach(known, await manifests.TagTargetsAsync(repository, cancel).ConfigureAwait(false));
            foreach (Digest digest in known.Keys.Where(digest => !reachable.Contains(digest)).ToList())
            {
                if (!await manifests.ReleaseAsync(held, repository, known[digest], age, options.IsTrial, cancel).ConfigureAwait(false)) continue;
                removed.Add((repository, digest));
                known.Remove(digest);
            }
        }
        HashSet<Digest> named = [.. known.Values.SelectMany(manifest => manifest.Blobs).Select(blob => blob.Digest)];
        int released = 0;
        foreach (Digest digest in await links.ListAsync(StorePaths.Layers(repository), cancel).ConfigureAwait(false))
        {
            if (isWhole && !named.Contains(digest) && await blobs.ReleaseAsync(repository, digest, age, options.IsTrial, cancel).ConfigureAwait(false)) released++;
            else wanted.Add(digest);
        }
        foreach (Digest digest in await links.ListAsync(StorePaths.Revisions(repository), cancel).ConfigureAwait(false))
            if (known.ContainsKey(digest) || !isWhole) wanted.Add(digest);
        return released;
    }

    /// <summary>Removes manifests of upstreams that nobody has used for long, unless something that was pushed, or is synchronised, needs them.</summary>
    private async Task ExpireAsync(IRegistryLock held, string repository, TimeSpan lifetime, GarbageOptions options, Dictionary<Digest, StoredManifest> known, List<(string, Digest)> removed, CancellationToken cancel)
    {
        if (lifetime <= TimeSpan.Zero) return;
        List<Digest> cached = [];
        foreach (Digest digest in known.Keys)
            if (await manifests.IsCachedAsync(repository, digest, cancel).ConfigureAwait(false)) cached.Add(digest);
        if (cached.Count == 0) return;
        HashSet<Digest> needed = Reach(known, known.Keys.Except(cached));
        foreach (Digest digest in cached)
        {
            if (needed.Contains(digest) || !await manifests.ExpireAsync(held, repository, digest, lifetime, options.IsTrial, cancel).ConfigureAwait(false)) continue;
            removed.Add((repository, digest));
            known.Remove(digest);
        }
    }

    /// <summary>Reads the manifests of a repository.</summary>
    /// <returns>Whether all could be read. What one that is damaged refers to nobody knows, so the repository keeps all it has.</returns>
    public async Task<bool> ReadAsync(string repository, Dictionary<Digest, StoredManifest> known, CancellationToken cancel)
    {
        bool isWhole = true;
        foreach (Digest digest in await links.ListAsync(StorePaths.Revisions(repository), cancel).ConfigureAwait(false))
        {
            try
            {
                if (await manifests.FindAsync(repository, digest, cancel).ConfigureAwait(false) is { } manifest) known[digest] = manifest;
                else if (!await manifests.IsRemainderAsync(repository, digest, cancel).ConfigureAwait(false)) isWhole = false;
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.DataLoss)
            {
                isWhole = false;
            }
        }
        return isWhole;
    }

    /// <summary>The manifests that tags lead to: themselves, the parts of indexes, and what is attached to any of them.</summary>
    public static HashSet<Digest> Reach(Dictionary<Digest, StoredManifest> known, IEnumerable<Digest> tagged)
    {
        ILookup<Digest, Digest> attached = known.Values.Where(manifest => manifest.Subject is not null).ToLookup(manifest => manifest.Subject!.Digest, manifest => manifest.Digest);
        HashSet<Digest> reachable = [];
        Stack<Digest> open = new(tagged);
        while (open.TryPop(out Digest digest))
        {
            if (!reachable.Add(digest)) continue;
            foreach (Digest referrer in attached[digest]) open.Push(referrer);
            if (known.TryGetValue(digest, out StoredManifest? manifest))
                foreach (Descriptor child in manifest.Manifests) open.Push(child.Digest);
        }
        return reachable;
    }

    private async Task<(List<Digest> Gone, long Bytes)> SweepContentAsync(DigestSet wanted, IMarkWatch linked, GarbageOptions options, CancellationToken cancel)
    {
        List<Digest> gone = [];
        long bytes = 0;
        foreach (string algorithm in await driver.ListAsync(StorePaths.Blobs, cancel).ConfigureAwait(false))
            foreach (string shard in await driver.ListAsync($"{StorePaths.Blobs}/{algorithm}", cancel).ConfigureAwait(false))
                foreach (string hex in await driver.ListAsync($"{StorePaths.Blobs}/{algorithm}/{shard}", cancel).ConfigureAwait(false))
                {
                    if (!Digest.TryParse($"{algorithm}:{hex}", out Digest digest) || wanted.Contains(digest)) continue;
                    long? length = options.IsTrial
                        ? await linked.HasSeenAsync(LockNames.Content(digest), cancel).ConfigureAwait(false) ? null : (await driver.FindAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false))?.Length
                        : await blobs.RemoveAsync(digest, linked, cancel).ConfigureAwait(false);
                    if (length is null) continue;
                    gone.Add(digest);
                    bytes += length.Value;
                }
        return (gone, bytes);
    }
}
