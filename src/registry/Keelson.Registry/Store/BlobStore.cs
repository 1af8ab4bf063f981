using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Store;

/// <summary>Content, once for all repositories, and which repository has which.</summary>
/// <remarks>
/// Whoever gives a repository a link to content holds the content's lock from looking for the data until the link is written; the garbage collector holds it from
/// looking for links until the data is gone. The time of a link is a lease: a client that was told "this blob is there" may push a manifest with it for as long
/// as <see cref="RegistryStoreOptions.Lease"/> at least, so it is touched when it is old and a client asks.
/// </remarks>
internal sealed class BlobStore(IStorageDriver driver, LinkFiles links, IRegistryCoordinator coordinator, RegistryStoreOptions options)
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
        await using IRegistryLock held = await coordinator.EnterAsync(LockNames.Content(digest), cancel).ConfigureAwait(false);
        if (!await ExistsAsync(digest, cancel).ConfigureAwait(false)) return false;
        await LinkAsync(held, StorePaths.Layer(repository, digest), digest, cancel).ConfigureAwait(false);
        return true;
    }

    /// <summary>Makes a file that is written, synced and right the content of a digest, and gives it to a repository. The file is gone afterwards.</summary>
    public async ValueTask CommitAsync(string file, long length, string version, string repository, Digest digest, CancellationToken cancel)
    {
        await using IRegistryLock held = await coordinator.EnterAsync(LockNames.Content(digest), cancel).ConfigureAwait(false);
        // Content of another length is what a crash of another program has left.
        if (await driver.FindAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false) is not { } there || there.Length != length)
            await driver.MoveAsync(file, StorePaths.Blob(digest), version, cancel).ConfigureAwait(false);
        await LinkAsync(held, StorePaths.Layer(repository, digest), digest, cancel).ConfigureAwait(false);
    }

    /// <summary>Stores a document and the link that makes it a manifest of a repository.</summary>
    public async ValueTask PutAsync(Digest digest, ReadOnlyMemory<byte> content, string link, CancellationToken cancel)
    {
        await using IRegistryLock held = await coordinator.EnterAsync(LockNames.Content(digest), cancel).ConfigureAwait(false);
        if (await driver.FindAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false) is not { } there || there.Length != content.Length)
            await driver.WriteAsync(StorePaths.Blob(digest), content, cancel).ConfigureAwait(false);
        await LinkAsync(held, link, digest, cancel).ConfigureAwait(false);
    }

    /// <summary>Takes a blob from a repository; the content stays until garbage is collected.</summary>
    /// <returns>Whether the repository had it.</returns>
    public async ValueTask<bool> UnlinkAsync(string repository, Digest digest, CancellationToken cancel)
    {
        // A link that is given meanwhile would find its folder on the way out.
        await using IRegistryLock held = await coordinator.EnterAsync(LockNames.Content(digest), cancel).ConfigureAwait(false);
        return await RemoveAsync(held, StorePaths.FolderOf(StorePaths.Layer(repository, digest)), cancel).ConfigureAwait(false);
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
        return isTrial || await RemoveAsync(held, StorePaths.FolderOf(link), cancel).ConfigureAwait(false);
    }

    /// <summary>Removes content unless a link was given to it since <paramref name="watch"/> began, which is asked while nobody can give one.</summary>
    /// <returns>Its length; <see langword="null"/> when it stays or was not there.</returns>
    public async ValueTask<long?> RemoveAsync(Digest digest, IMarkWatch watch, CancellationToken cancel)
    {
        await using IRegistryLock held = await coordinator.EnterAsync(LockNames.Content(digest), cancel).ConfigureAwait(false);
        if (await watch.HasSeenAsync(LockNames.Content(digest), cancel).ConfigureAwait(false) || await driver.FindAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false) is not { } status) return null;
        return await RemoveAsync(held, StorePaths.BlobFolder(digest), cancel).ConfigureAwait(false) ? status.Length : null;
    }

    private async ValueTask<bool> RemoveAsync(IRegistryLock held, string path, CancellationToken cancel)
    {
        CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
        bool wasThere = await driver.RemoveAsync(path, late).ConfigureAwait(false);
        await held.EndChangeAsync().ConfigureAwait(false);
        return wasThere;
    }

    private async ValueTask LinkAsync(IRegistryLock held, string link, Digest digest, CancellationToken cancel)
    {
        try
        {
            if (await links.ReadAsync(link, cancel).ConfigureAwait(false) == digest) await driver.TouchAsync(link, cancel).ConfigureAwait(false);
            else await links.WriteAsync(link, digest, cancel).ConfigureAwait(false);
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
