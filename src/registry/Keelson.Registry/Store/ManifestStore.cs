using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Limits;
using Keelson.Registry.Storage;
using Keelson.Registry.Usage;

namespace Keelson.Registry.Store;

/// <summary>Asked before a tag that stands at another manifest moves.</summary>
/// <param name="tag">The tag.</param>
internal delegate ValueTask TagMove(string tag);

/// <summary>Manifests, tags and referrers of repositories.</summary>
/// <remarks>
/// The store's files are the truth; what is kept in memory (content by digest, tags, referrers) is read from them and follows every change made here. Whoever
/// changes a repository holds its lock, and so does the garbage collector while it removes what no manifest of the repository names.
/// </remarks>
internal sealed partial class ManifestStore(IStorageDriver driver, LinkFiles links, BlobStore blobs, RepositoryCatalog catalog, IRegistryCoordinator coordinator, RegistryStoreOptions options,
    UsageIndex? usage = null, QuotaKeeper? quotas = null)
{
    /// <summary>Most bytes of a manifest: 4 MiB, as distribution. distribution-spec 1.1 "Pushing Manifests".</summary>
    public const int LimitBytes = DocumentLimits.MaxBytes;

    private readonly LruCache<Digest, StoredManifest> contents = new(options.ManifestCacheBytes);
    private readonly LruCache<string, Versioned<TagIndex>> tags = new(options.IndexCacheCount);
    private readonly LruCache<string, Versioned<ReferrerIndex>> referrers = new(options.IndexCacheCount);

    /// <summary>Hears of each repository of which a manifest or tag has come, moved or gone.</summary>
    public event Action<string>? Changed;

    /// <summary>Holds a repository: nobody changes it meanwhile.</summary>
    public ValueTask<IRegistryLock> EnterAsync(string repository, CancellationToken cancel) => coordinator.EnterAsync(LockNames.Repository(repository), cancel);

    /// <summary>Whether there is a repository of this name.</summary>
    public async ValueTask<bool> HasRepositoryAsync(string repository, CancellationToken cancel) => await driver.FindAsync(StorePaths.Manifests(repository), cancel).ConfigureAwait(false) is not null;

    /// <summary>Whether there is a repository of this name, or blobs of one: where folders go with the last file in them, that is all that deleted manifests leave.</summary>
    public async ValueTask<bool> HasBegunAsync(string repository, CancellationToken cancel) =>
        await HasRepositoryAsync(repository, cancel).ConfigureAwait(false) || await driver.FindAsync(StorePaths.Layers(repository), cancel).ConfigureAwait(false) is not null;

    /// <summary>Whether a repository has a manifest.</summary>
    public async ValueTask<bool> HasAsync(string repository, Digest digest, CancellationToken cancel) => await driver.FindAsync(StorePaths.Revision(repository, digest), cancel).ConfigureAwait(false) is { Length: > 0 };

    /// <summary>When a repository was given a manifest, or was last pushed it again.</summary>
    public async ValueTask<DateTimeOffset?> PushedAsync(string repository, Digest digest, CancellationToken cancel) => (await driver.FindAsync(StorePaths.Revision(repository, digest), cancel).ConfigureAwait(false))?.Modified;

    /// <summary>A manifest of a repository.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="digest">Which.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="isUse">Whether a client wants it, which lets it stay for longer when it is of an upstream.</param>
    /// <returns><see langword="null"/>: it does not have it.</returns>
    /// <exception cref="KeelsonException">DataLoss: what is stored is damaged.</exception>
    public async ValueTask<StoredManifest?> FindAsync(string repository, Digest digest, CancellationToken cancel, bool isUse = false)
    {
        if (await driver.FindAsync(StorePaths.Revision(repository, digest), cancel).ConfigureAwait(false) is not { Length: > 0 } status) return null;
        if (isUse && options.CachedLifetime is { } lifetime) await NoteUseAsync(repository, digest, status, lifetime(repository)).ConfigureAwait(false);
        if (contents.TryGet(digest, out StoredManifest? known)) return known;
        if (await driver.ReadAsync(StorePaths.Blob(digest), LimitBytes, cancel).ConfigureAwait(false) is not { } content) return null;
        if (!digest.IsOf(content.Span)) throw new KeelsonException(ErrorKind.DataLoss, $"manifest {digest}: what is stored has another digest");
        StoredManifest read = StoredManifest.Read(digest, content);
        contents.Set(digest, read, read.Cost);
        return read;
    }

    /// <summary>Where a tag stands.</summary>
    public async ValueTask<Digest?> ResolveAsync(string repository, string tag, CancellationToken cancel)
    {
        if (await FreshAsync(tags, repository, cancel).ConfigureAwait(false) is { } index) return index.Find(tag);
        return await links.ReadAsync(StorePaths.TagLink(repository, tag), cancel).ConfigureAwait(false);
    }

    /// <summary>The tags of a repository.</summary>
    /// <returns><see langword="null"/>: there is no such repository.</returns>
    public async ValueTask<TagIndex?> TagsAsync(string repository, CancellationToken cancel)
    {
        if (await FreshAsync(tags, repository, cancel).ConfigureAwait(false) is { } known) return known;
        if (!await HasRepositoryAsync(repository, cancel).ConfigureAwait(false)) return null;
        await using IRegistryLock held = await EnterAsync(repository, cancel).ConfigureAwait(false);
        return await LoadTagsAsync(repository, cancel).ConfigureAwait(false);
    }

    /// <summary>The manifests that are attached to one.</summary>
    public async ValueTask<IReadOnlyList<Descriptor>> ReferrersAsync(string repository, Digest subject, CancellationToken cancel)
    {
        if (await FreshAsync(referrers, repository, cancel).ConfigureAwait(false) is { } known) return known.Of(subject);
        if (!await HasRepositoryAsync(repository, cancel).ConfigureAwait(false)) return [];
        await using IRegistryLock held = await EnterAsync(repository, cancel).ConfigureAwait(false);
        return (await LoadReferrersAsync(repository, cancel).ConfigureAwait(false)).Of(subject);
    }

    /// <summary>The indexes of a repository that name a manifest.</summary>
    public async ValueTask<IReadOnlyList<Digest>> IndexesOfAsync(string repository, Digest part, CancellationToken cancel)
    {
        if (await FreshAsync(referrers, repository, cancel).ConfigureAwait(false) is { } known) return known.IndexesOf(part);
        if (!await HasRepositoryAsync(repository, cancel).ConfigureAwait(false)) return [];
        await using IRegistryLock held = await EnterAsync(repository, cancel).ConfigureAwait(false);
        return (await LoadReferrersAsync(repository, cancel).ConfigureAwait(false)).IndexesOf(part);
    }

    /// <summary>Stores a manifest and sets tags to it.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="manifest">What.</param>
    /// <param name="names">The tags; none for a manifest that goes by its digest.</param>
    /// <param name="moves">Asked for each that stands at another manifest.</param>
    /// <param name="cancel">Gives up, but not half-way.</param>
    /// <exception cref="RegistryFault">MANIFEST_BLOB_UNKNOWN: the repository lacks what it names.</exception>
    public async Task PutAsync(string repository, StoredManifest manifest, IReadOnlyList<string> names, TagMove moves, CancellationToken cancel)
    {
        await using IRegistryLock held = await EnterAsync(repository, cancel).ConfigureAwait(false);
        await CheckAsync(repository, manifest, cancel).ConfigureAwait(false);
        HashSet<string> standing = [];
        foreach (string tag in names)
        {
            if (await ResolveAsync(repository, tag, cancel).ConfigureAwait(false) is not { } stands) continue;
            standing.Add(tag);
            if (stands != manifest.Digest) await moves(tag).ConfigureAwait(false);
        }
        await CheckTagLimitAsync(repository, names, cancel).ConfigureAwait(false);
        using QuotaKeeper.Share? share = quotas is null ? null : await quotas.TakeAsync(repository, manifest.Digest, isManifest: true, manifest.Content.Length, cancel).ConfigureAwait(false);
        CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
        // From here on it is done whether the client is there or not.
        bool wasThere = await blobs.PutAsync(repository, manifest.Digest, manifest.Content, late).ConfigureAwait(false);
        if (wasThere) await driver.RemoveAsync(StorePaths.RevisionOrigin(repository, manifest.Digest), late).ConfigureAwait(false);
        catalog.Add(repository);
        contents.Set(manifest.Digest, manifest, manifest.Cost);
        if (referrers.TryGet(repository, out Versioned<ReferrerIndex> attached)) attached.Value.Add(manifest);
        Changed?.Invoke(repository);
        foreach (string tag in names)
        {
            await SetTagAsync(repository, tag, manifest.Digest, late).ConfigureAwait(false);
            if (options.CachedLifetime is not null || standing.Contains(tag)) await driver.RemoveAsync(StorePaths.TagOrigin(repository, tag), late).ConfigureAwait(false);
        }
        await held.EndChangeAsync().ConfigureAwait(false);
    }

    /// <summary>Removes a manifest with the tags that stand at it.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="digest">Which.</param>
    /// <param name="check">Refuses a tag that may not go.</param>
    /// <param name="cancel">Gives up, but not half-way.</param>
    /// <returns>The tags; <see langword="null"/>: the repository does not have it.</returns>
    public async Task<IReadOnlyList<string>?> RemoveAsync(string repository, Digest digest, Action<string> check, CancellationToken cancel)
    {
        await using IRegistryLock held = await EnterAsync(repository, cancel).ConfigureAwait(false);
        if (await driver.FindAsync(StorePaths.Revision(repository, digest), cancel).ConfigureAwait(false) is not { Length: > 0 }) return null;
        List<string> names = (await LoadTagsAsync(repository, cancel).ConfigureAwait(false)).Of(digest);
        names.ForEach(check);
        CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
        foreach (string tag in names) await DropTagAsync(repository, tag, late).ConfigureAwait(false);
        await DropAsync(repository, digest, late).ConfigureAwait(false);
        await held.EndChangeAsync().ConfigureAwait(false);
        return names;
    }

    /// <summary>Removes a manifest that no tag leads to, unless it is younger than an age: its tag may be on the way.</summary>
    /// <param name="held">Holds the repository.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="age">The age.</param>
    /// <param name="isTrial">Whether it stays all the same.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Whether it was removed, or would have been.</returns>
    public async ValueTask<bool> ReleaseAsync(IRegistryLock held, string repository, StoredManifest manifest, TimeSpan age, bool isTrial, CancellationToken cancel)
    {
        if (await driver.FindAsync(StorePaths.Revision(repository, manifest.Digest), cancel).ConfigureAwait(false) is not { } status || options.Time.GetUtcNow() - status.Modified < age) return false;
        if (isTrial) return true;
        CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
        await DropAsync(repository, manifest.Digest, late).ConfigureAwait(false);
        await held.EndChangeAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>Where the tags of a repository stand, for whoever holds it.</summary>
    public async Task<IEnumerable<Digest>> TagTargetsAsync(string repository, CancellationToken cancel) => (await TagListAsync(repository, cancel).ConfigureAwait(false)).Select(tag => tag.Digest);

    /// <summary>The tags of a repository, for whoever holds it.</summary>
    public async Task<List<TagEntry>> TagListAsync(string repository, CancellationToken cancel) => (await LoadTagsAsync(repository, cancel).ConfigureAwait(false)).List("", int.MaxValue, out _);

    /// <summary>Removes a repository with its tags, manifests and blobs; repositories whose names go on from its own stay, and so do pushes under way, which find their blobs or are told that they are gone.</summary>
    /// <param name="repository">Which.</param>
    /// <param name="check">Refuses a tag that may not go.</param>
    /// <param name="forget">Removes what others know of it, while it is held.</param>
    /// <param name="cancel">Gives up, but not half-way.</param>
    /// <returns>The tags and manifests that it had; <see langword="null"/>: there is none of this name.</returns>
    public async Task<(IReadOnlyList<TagEntry> Tags, IReadOnlyList<Digest> Manifests)?> RemoveRepositoryAsync(string repository, Action<string> check, Func<ValueTask<bool>> forget, CancellationToken cancel)
    {
        await using IRegistryLock held = await EnterAsync(repository, cancel).ConfigureAwait(false);
        if (!await HasRepositoryAsync(repository, cancel).ConfigureAwait(false)) return null;
        List<TagEntry> names = (await LoadTagsAsync(repository, cancel).ConfigureAwait(false)).List("", int.MaxValue, out _);
        foreach (TagEntry tag in names) check(tag.Name);
        List<Digest> revisions = await links.ListAsync(StorePaths.Revisions(repository), cancel).ConfigureAwait(false);
        // From what refers to what is referred to, so that a crash leaves nothing that leads nowhere.
        CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
        foreach (TagEntry tag in names) await DropTagAsync(repository, tag.Name, late).ConfigureAwait(false);
        foreach (Digest digest in revisions) await DropAsync(repository, digest, late).ConfigureAwait(false);
        foreach (Digest digest in await links.ListAsync(StorePaths.Layers(repository), late).ConfigureAwait(false))
            await blobs.UnlinkAsync(repository, digest, late).ConfigureAwait(false);
        await driver.RemoveAsync(StorePaths.Manifests(repository), late).ConfigureAwait(false);
        tags.Remove(repository);
        referrers.Remove(repository);
        catalog.Remove(repository);
        await forget().ConfigureAwait(false);
        await held.EndChangeAsync().ConfigureAwait(false);
        return (names, revisions);
    }

    /// <summary>Removes a tag; its manifest stays.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="tag">Which.</param>
    /// <param name="check">Refuses one that may not go.</param>
    /// <param name="cancel">Gives up, but not half-way.</param>
    /// <returns>Where it stood; <see langword="null"/>: there is none of this name.</returns>
    public async Task<Digest?> RemoveTagAsync(string repository, string tag, Action<string> check, CancellationToken cancel)
    {
        await using IRegistryLock held = await EnterAsync(repository, cancel).ConfigureAwait(false);
        Digest? stood = await ResolveAsync(repository, tag, cancel).ConfigureAwait(false);
        if (stood is null) return null;
        check(tag);
        CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
        await DropTagAsync(repository, tag, late).ConfigureAwait(false);
        await held.EndChangeAsync().ConfigureAwait(false);
        return stood;
    }

    /// <summary>How often a repository has changed: another number says that what was kept of it is out of date. What this process itself changes it hears of by <see cref="Changed"/> as well.</summary>
    public ValueTask<long> VersionAsync(string repository, CancellationToken cancel) => coordinator.VersionAsync(LockNames.Repository(repository), cancel);

    /// <summary>What is kept of a repository, unless somebody else has changed it since.</summary>
    private async ValueTask<T?> FreshAsync<T>(LruCache<string, Versioned<T>> kept, string repository, CancellationToken cancel) where T : class =>
        kept.TryGet(repository, out Versioned<T> known) && known.Version == await VersionAsync(repository, cancel).ConfigureAwait(false) ? known.Value : null;

    private async Task CheckTagLimitAsync(string repository, IReadOnlyList<string> names, CancellationToken cancel)
    {
        if (names.Count == 0 || quotas?.TagLimit(repository) is not ({ } limit and < int.MaxValue)) return;
        TagIndex index = await LoadTagsAsync(repository, cancel).ConfigureAwait(false);
        if (names.Count(name => index.Find(name) is null) is var fresh and > 0 && index.Count + fresh > limit) throw QuotaKeeper.Exceeded($"{repository} may have {limit} tags, and has {index.Count}");
    }

    private async Task CheckAsync(string repository, StoredManifest manifest, CancellationToken cancel)
    {
        await CheckBlobsAsync(repository, manifest, cancel).ConfigureAwait(false);
        if (options.AllowsSparseIndexes) return;
        foreach (Descriptor child in manifest.Manifests)
            if (await driver.FindAsync(StorePaths.Revision(repository, child.Digest), cancel).ConfigureAwait(false) is not { Length: > 0 })
                throw new RegistryFault(RegistryErrorCode.ManifestBlobUnknown, "manifest unknown to registry", child.Digest.ToString());
    }

    private async Task CheckBlobsAsync(string repository, StoredManifest manifest, CancellationToken cancel)
    {
        foreach (Descriptor blob in manifest.Blobs)
        {
            // A layer that only its own addresses may serve is not pushed.
            if (MediaTypes.IsForeignLayer(blob.MediaType) && blob.Urls is { Count: > 0 }) continue;
            if (await blobs.FindAsync(repository, blob.Digest, cancel).ConfigureAwait(false) is not { } found)
                throw new RegistryFault(RegistryErrorCode.ManifestBlobUnknown, "blob unknown to registry", blob.Digest.ToString());
            if (found.Length != blob.Size)
                throw new RegistryFault(RegistryErrorCode.ManifestInvalid, $"the manifest says that {blob.Digest} has {blob.Size} bytes, and it has {found.Length}", blob.Digest.ToString());
        }
    }

    private async ValueTask SetTagAsync(string repository, string tag, Digest digest, CancellationToken late)
    {
        await links.WriteAsync(StorePaths.TagHistory(repository, tag, digest), digest, late).ConfigureAwait(false);
        await links.WriteAsync(StorePaths.TagLink(repository, tag), digest, late).ConfigureAwait(false);
        if (tags.TryGet(repository, out Versioned<TagIndex> index)) index.Value.Set(new(tag, digest, options.Time.GetUtcNow()));
        Changed?.Invoke(repository);
    }

    /// <summary>A manifest that is in memory, whatever has become of its file.</summary>
    public StoredManifest? Remembered(Digest digest) => contents.TryGet(digest, out StoredManifest? known) ? known : null;

    /// <summary>Takes a manifest from a repository, for whoever holds it.</summary>
    public ValueTask DropAsync(IRegistryLock held, string repository, Digest digest, CancellationToken cancel) => held.ChangeAsync(late => DropAsync(repository, digest, late), cancel);

    /// <summary>Takes a tag from a repository, for whoever holds it.</summary>
    public ValueTask DropTagAsync(IRegistryLock held, string repository, string tag, CancellationToken cancel) => held.ChangeAsync(late => DropTagAsync(repository, tag, late), cancel);

    private async ValueTask DropAsync(string repository, Digest digest, CancellationToken late)
    {
        await links.RemoveAsync(StorePaths.Revision(repository, digest), late).ConfigureAwait(false);
        usage?.Taken(repository, digest, isManifest: true);
        if (referrers.TryGet(repository, out Versioned<ReferrerIndex> attached)) attached.Value.Remove(digest);
        Changed?.Invoke(repository);
    }

    private async ValueTask DropTagAsync(string repository, string tag, CancellationToken late)
    {
        // The link first: a tag without it is none, whatever a crash leaves.
        await driver.RemoveAsync(StorePaths.TagLink(repository, tag), late).ConfigureAwait(false);
        await driver.RemoveAsync(StorePaths.Tag(repository, tag), late).ConfigureAwait(false);
        if (tags.TryGet(repository, out Versioned<TagIndex> index)) index.Value.Remove(tag);
        Changed?.Invoke(repository);
    }

    private async Task<TagIndex> LoadTagsAsync(string repository, CancellationToken cancel)
    {
        if (await FreshAsync(tags, repository, cancel).ConfigureAwait(false) is { } known) return known;
        long version = await VersionAsync(repository, cancel).ConfigureAwait(false);
        List<TagEntry> found = [];
        foreach (string tag in await driver.ListAsync(StorePaths.Tags(repository), cancel).ConfigureAwait(false))
        {
            string link = StorePaths.TagLink(repository, tag);
            if (await links.ReadAsync(link, cancel).ConfigureAwait(false) is { } digest && await driver.FindAsync(link, cancel).ConfigureAwait(false) is { } status)
                found.Add(new(tag, digest, status.Modified));
        }
        TagIndex index = new(found);
        tags.Set(repository, new(version, index));
        return index;
    }

    private async Task<ReferrerIndex> LoadReferrersAsync(string repository, CancellationToken cancel)
    {
        if (await FreshAsync(referrers, repository, cancel).ConfigureAwait(false) is { } known) return known;
        long version = await VersionAsync(repository, cancel).ConfigureAwait(false);
        ReferrerIndex index = new();
        foreach (Digest digest in await links.ListAsync(StorePaths.Revisions(repository), cancel).ConfigureAwait(false))
        {
            try
            {
                if (await FindAsync(repository, digest, cancel).ConfigureAwait(false) is { } manifest) index.Add(manifest);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.DataLoss)
            {
                // What a damaged one was attached to nobody knows; those of others are found all the same.
            }
        }
        referrers.Set(repository, new(version, index));
        return index;
    }
}
