using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Limits;
using Keelson.Registry.Storage;
using Keelson.Registry.Usage;

namespace Keelson.Registry.Store;

/// <summary>Content, once for all repositories, and which repository has which.</summary>
/// <remarks>
/// Whoever gives a repository a link to content holds the content's lock from looking for the data until the link is written; the garbage collector holds it from
/// looking for links until the data is gone. The time of a link is a lease: a client that was told "this blob is there" may push a manifest with it for as long
/// as <see cref="RegistryStoreOptions.Lease"/> at least, so it is touched when it is old and a client asks.
/// </remarks>
/// <param name="driver">The store.</param>
/// <param name="links">Its links.</param>
/// <param name="coordinator">What changes of it agree by.</param>
/// <param name="options">How it behaves.</param>
/// <param name="usage">Follows how much there is; <see langword="null"/> where nobody asks.</param>
/// <param name="quotas">How much there may be; <see langword="null"/>: as much as there is room for.</param>
internal sealed class BlobStore(IStorageDriver driver, LinkFiles links, IRegistryCoordinator coordinator, RegistryStoreOptions options, UsageIndex? usage = null, QuotaKeeper? quotas = null)
{
    /// <summary>Whether a repository has a blob.</summary>
    public async ValueTask<BlobInfo?> FindAsync(string repository, Digest digest, CancellationToken cancel)
    {
        if (!await HasLinkAsync(repository, digest, cancel).ConfigureAwait(false)) return null;
        return await driver.FindAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false) is { IsFolder: false } status ? new BlobInfo(status.Length) : null;
    }

    /// <summary>Opens a blob of a repository.</summary>
    /// <returns><see langword="null"/>: the repository does not have it.</returns>
    public async ValueTask<IStorageReader?> OpenAsync(string repository, Digest digest, CancellationToken cancel) =>
        await HasLinkAsync(repository, digest, cancel).ConfigureAwait(false) ? await driver.OpenAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false) : null;

    /// <summary>Whether clients can read content by themselves.</summary>
    public bool HasAddresses => driver is IStorageAddresses;

    /// <summary>Where clients can read content for a while; <see langword="null"/>: not by themselves.</summary>
    public ValueTask<Uri?> AddressAsync(Digest digest, CancellationToken cancel) => driver is IStorageAddresses store ? store.AddressAsync(StorePaths.Blob(digest), cancel) : new(default(Uri?));

    /// <summary>Whether content is there, be it in whatever repository.</summary>
    public async ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancel) => await driver.FindAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false) is { IsFolder: false };

    /// <summary>Gives a repository a blob that another one has.</summary>
    /// <returns>Whether the content is there.</returns>
    public async ValueTask<bool> TryMountAsync(string repository, Digest digest, CancellationToken cancel)
    {
        await using IRegistryLock held = await EnterAsync(digest, cancel).ConfigureAwait(false);
        if (await driver.FindAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false) is not { IsFolder: false } status) return false;
        using QuotaKeeper.Share? share = await TakeAsync(repository, digest, status.Length, cancel).ConfigureAwait(false);
        await LinkAsync(held, StorePaths.Layer(repository, digest), digest, cancel).ConfigureAwait(false);
        usage?.Given(repository, digest, isManifest: false, status.Length);
        return true;
    }

    /// <summary>Makes a file that is written, synced and right the content of a digest, and gives it to a repository. The file is gone afterwards.</summary>
    public async ValueTask CommitAsync(string file, long length, string version, string repository, Digest digest, CancellationToken cancel)
    {
        await using IRegistryLock held = await EnterAsync(digest, cancel).ConfigureAwait(false);
        using QuotaKeeper.Share? share = await TakeAsync(repository, digest, length, cancel).ConfigureAwait(false);
        // Also over what is there: that may have become damaged, and this is known to be right.
        await driver.MoveAsync(file, StorePaths.Blob(digest), version, cancel).ConfigureAwait(false);
        usage?.Stored(digest, length);
        await LinkAsync(held, StorePaths.Layer(repository, digest), digest, cancel).ConfigureAwait(false);
        usage?.Given(repository, digest, isManifest: false, length);
    }

    /// <summary>How many bytes a repository may still be given.</summary>
    public ValueTask<long> LeftAsync(string repository, CancellationToken cancel) => quotas?.LeftAsync(repository, cancel) ?? new(long.MaxValue);

    /// <summary>How many bytes a repository may have at all.</summary>
    public long ByteLimit(string repository) => quotas?.ByteLimit(repository) ?? long.MaxValue;

    /// <summary>Stores a document and makes it a manifest of a repository.</summary>
    /// <returns>Whether it was one.</returns>
    public async ValueTask<bool> PutAsync(string repository, Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        await using IRegistryLock held = await EnterAsync(digest, cancel).ConfigureAwait(false);
        // What is there may have become damaged.
        if (await driver.FindAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false) is not { } there || there.Length != content.Length
            || await driver.ReadAsync(StorePaths.Blob(digest), content.Length, cancel).ConfigureAwait(false) is not { } stored || !stored.Span.SequenceEqual(content.Span))
            await driver.WriteAsync(StorePaths.Blob(digest), content, cancel).ConfigureAwait(false);
        usage?.Stored(digest, content.Length);
        bool wasThere = await LinkAsync(held, StorePaths.Revision(repository, digest), digest, cancel).ConfigureAwait(false);
        usage?.Given(repository, digest, isManifest: true, content.Length);
        return wasThere;
    }

    /// <summary>Takes a blob from a repository; the content stays until garbage is collected.</summary>
    /// <returns>Whether the repository had it.</returns>
    public async ValueTask<bool> UnlinkAsync(string repository, Digest digest, CancellationToken cancel)
    {
        // A link that is given meanwhile would find its folder on the way out.
        await using IRegistryLock held = await EnterAsync(digest, cancel).ConfigureAwait(false);
        return await DropAsync(held, repository, digest, cancel).ConfigureAwait(false);
    }

    /// <summary>The same for whoever holds the content.</summary>
    public async ValueTask<bool> DropAsync(IRegistryLock held, string repository, Digest digest, CancellationToken cancel)
    {
        bool wasThere = await RemoveAsync(held, StorePaths.FolderOf(StorePaths.Layer(repository, digest)), cancel).ConfigureAwait(false);
        usage?.Taken(repository, digest, isManifest: false);
        return wasThere;
    }

    /// <summary>Takes a blob from a repository whose manifests do not name it, unless a client was told of it within the lease.</summary>
    /// <param name="repository">The repository, held by the caller.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="lease">How long a client may rely on it.</param>
    /// <param name="isTrial">Whether it stays all the same.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Whether it was taken, or would have been.</returns>
    public async ValueTask<bool> ReleaseAsync(string repository, Digest digest, TimeSpan lease, bool isTrial, CancellationToken cancel)
    {
        string link = StorePaths.Layer(repository, digest);
        await using IRegistryLock held = await coordinator.EnterAsync(LockNames.Content(digest), cancel).ConfigureAwait(false);
        if (await driver.FindAsync(link, cancel).ConfigureAwait(false) is { } status && !IsOld(status, lease)) return false;
        return isTrial || await DropAsync(held, repository, digest, cancel).ConfigureAwait(false);
    }

    /// <summary>Removes content unless a link was given to it since <paramref name="watch"/> began, which is asked while nobody can give one.</summary>
    /// <returns>Its length; <see langword="null"/> when it stays or was not there.</returns>
    public async ValueTask<long?> RemoveAsync(Digest digest, IMarkWatch watch, CancellationToken cancel)
    {
        await using IRegistryLock held = await EnterAsync(digest, cancel).ConfigureAwait(false);
        if (await watch.HasSeenAsync(LockNames.Content(digest), cancel).ConfigureAwait(false) || await driver.FindAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false) is not { } status) return null;
        bool wasThere = await RemoveAsync(held, StorePaths.BlobFolder(digest), cancel).ConfigureAwait(false);
        usage?.Removed(digest);
        return wasThere ? status.Length : null;
    }

    /// <summary>Holds content: no link to it is given or taken meanwhile, and it is neither stored nor removed.</summary>
    public ValueTask<IRegistryLock> EnterAsync(Digest digest, CancellationToken cancel) => coordinator.EnterAsync(LockNames.Content(digest), cancel);

    /// <summary>Puts content aside that is damaged, for whoever holds it.</summary>
    public async ValueTask PutAsideAsync(IRegistryLock held, Digest digest, string place, CancellationToken cancel)
    {
        CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
        await driver.MoveAsync(StorePaths.Blob(digest), place, late).ConfigureAwait(false);
        await held.EndChangeAsync().ConfigureAwait(false);
        usage?.Removed(digest);
    }

    /// <summary>Reads a small blob of a repository, a configuration for instance.</summary>
    /// <returns><see langword="null"/>: the repository does not have it.</returns>
    /// <exception cref="KeelsonException">DataLoss: it is longer than the limit.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string repository, Digest digest, int limitBytes, CancellationToken cancel) =>
        await HasLinkAsync(repository, digest, cancel).ConfigureAwait(false) ? await driver.ReadAsync(StorePaths.Blob(digest), limitBytes, cancel).ConfigureAwait(false) : null;

    private async ValueTask<QuotaKeeper.Share?> TakeAsync(string repository, Digest digest, long length, CancellationToken cancel) =>
        quotas is null ? null : await quotas.TakeAsync(repository, digest, isManifest: false, length, cancel).ConfigureAwait(false);

    private async ValueTask<bool> RemoveAsync(IRegistryLock held, string path, CancellationToken cancel)
    {
        CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
        bool wasThere = await driver.RemoveAsync(path, late).ConfigureAwait(false);
        await held.EndChangeAsync().ConfigureAwait(false);
        return wasThere;
    }

    private async ValueTask<bool> LinkAsync(IRegistryLock held, string link, Digest digest, CancellationToken cancel)
    {
        try
        {
            bool wasThere = await links.ReadAsync(link, cancel).ConfigureAwait(false) == digest;
            if (wasThere) await driver.TouchAsync(link, cancel).ConfigureAwait(false);
            else await links.WriteAsync(link, digest, cancel).ConfigureAwait(false);
            return wasThere;
        }
        finally
        {
            // Behind the link and not before it: who begins to listen in between would find neither. It fails when the lock was lost: the content may be gone.
            await held.MarkAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> HasLinkAsync(string repository, Digest digest, CancellationToken cancel)
    {
        string link = StorePaths.Layer(repository, digest);
        if (await driver.FindAsync(link, cancel).ConfigureAwait(false) is not { Length: > 0 } status) return false;
        if (!IsOld(status, options.Lease / 2)) return true;
        await using IRegistryLock held = await coordinator.EnterAsync(LockNames.Content(digest), cancel).ConfigureAwait(false);
        if (!await driver.TouchAsync(link, cancel).ConfigureAwait(false)) return false;
        // Fails when the lock was lost: the link may have gone after it was touched.
        await held.MarkAsync().ConfigureAwait(false);
        return true;
    }

    private bool IsOld(StorageStatus status, TimeSpan age) => options.Time.GetUtcNow() - status.Modified >= age;
}
