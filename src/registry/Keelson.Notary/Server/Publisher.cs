using Keelson.Notary.Keys;
using Keelson.Notary.Stores;
using Keelson.Tuf;

namespace Keelson.Notary.Server;

/// <summary>Changes collections, one change of each at a time in this process. Between processes the store lets one win.</summary>
/// <remarks>
/// What a collection was after its last change here is remembered, and an update is checked against it. The store takes the update only when the collection still has the
/// timestamp from then; otherwise, and before an update is refused, it is checked again with what the store has now.
/// </remarks>
internal sealed class Publisher(ITrustStore store, OnlineSigner signer, CollectionCache cache, NotaryServerOptions options)
{
    /// <summary>How often an update is checked when other processes change its collection all the while.</summary>
    private const int Attempts = 4;

    private readonly TufKeyCache parsed = new();
    private readonly StateCache states = new(options.CacheLimitBytes / 4);
    private readonly KeyedLock turns = new();

    /// <summary>Checks an upload and takes it.</summary>
    /// <exception cref="NotaryFault">It is not valid, or somebody was faster.</exception>
    public async Task PublishAsync(string gun, IReadOnlyList<UploadedFile> upload, CancellationToken cancel)
    {
        Dictionary<string, UploadedFile> byRole = upload.ToDictionary(file => file.Role, StringComparer.Ordinal);
        using IDisposable turn = await turns.EnterAsync(gun, cancel).ConfigureAwait(false);
        NotaryDialect dialect = Dialect(gun);
        CollectionState? known = states.Find(gun);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            PublishCheck check = new(gun, store, signer, dialect, options.Time.GetUtcNow(), byRole, known ?? await CollectionState.LoadAsync(gun, store, dialect, cancel).ConfigureAwait(false));
            if (await check.TryAsync(mayRefuse: known is null || !store.IsShared, cancel).ConfigureAwait(false) is { } update && await StoreAsync(gun, update.Before.TimestampSha256, update.Files).ConfigureAwait(false))
            {
                states.Keep(gun, update.After);
                return;
            }
            known = null;
        }
        throw NotaryFault.OldVersion("others change the collection all the while");
    }

    /// <summary>Removes a collection.</summary>
    public async Task DeleteAsync(string gun, CancellationToken cancel)
    {
        using IDisposable turn = await turns.EnterAsync(gun, cancel).ConfigureAwait(false);
        try
        {
            await store.DeleteAsync(gun, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            Forget(gun);
        }
    }

    /// <summary>The key of a role that the collection's root names and the signer has; <see langword="null"/> when there is none.</summary>
    public async Task<OnlineKey?> PresentKeyAsync(string gun, string role, CancellationToken cancel)
    {
        if (await store.FindAsync(gun, TufRoles.Root, cancel).ConfigureAwait(false) is not { } file) return null;
        return await signer.KeysAsync(new(TufEnvelope.Parse(file.Data, Dialect(gun))), role, cancel).ConfigureAwait(false) is [var key, ..] ? key : null;
    }

    /// <summary>Makes the snapshot and the timestamp of a collection anew, those of them that expire before a time.</summary>
    /// <param name="gun">The collection.</param>
    /// <param name="role">Says when a role has to be made anew: when it expires before that.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>When its timestamp expires; <see langword="null"/>: it is none that this server can sign.</returns>
    public async Task<DateTimeOffset?> RenewAsync(string gun, Func<string, DateTimeOffset> role, CancellationToken cancel)
    {
        using IDisposable turn = await turns.EnterAsync(gun, cancel).ConfigureAwait(false);
        NotaryDialect dialect = Dialect(gun);
        // The timestamp first: a change that comes between shows in it.
        TrustFile? timestampFile = await store.FindAsync(gun, TufRoles.Timestamp, cancel).ConfigureAwait(false);
        TrustFile? rootFile = await store.FindAsync(gun, TufRoles.Root, cancel).ConfigureAwait(false), snapshotFile = await store.FindAsync(gun, TufRoles.Snapshot, cancel).ConfigureAwait(false);
        if (rootFile is null || snapshotFile is null) return null;
        TufRoot root = new(TufEnvelope.Parse(rootFile.Data, dialect));
        List<TrustUpdate> files = [];
        TufSnapshot snapshot = new(TufEnvelope.Parse(snapshotFile.Data, dialect));
        if (snapshot.Expires < role(TufRoles.Snapshot) && await signer.KeysAsync(root, TufRoles.Snapshot, cancel).ConfigureAwait(false) is { } snapshotKeys)
        {
            SortedDictionary<string, FileDigest> meta = new(StringComparer.Ordinal);
            foreach ((string name, TufMetaFile file) in snapshot.Meta)
                if (FileDigest.Of(file) is { } digest) meta[name] = digest;
            files.Add(await signer.SnapshotAsync(snapshotFile.Version + 1, meta, snapshotKeys, cancel).ConfigureAwait(false));
        }
        if (timestampFile is not null && files.Count == 0)
        {
            TufTimestamp timestamp = new(TufEnvelope.Parse(timestampFile.Data, dialect));
            if (timestamp.Expires >= role(TufRoles.Timestamp)) return timestamp.Expires;
        }
        if (await signer.KeysAsync(root, TufRoles.Timestamp, cancel).ConfigureAwait(false) is not { } timestampKeys) return null;
        files.Add(await signer.TimestampAsync((timestampFile?.Version ?? 0) + 1, files.Count > 0 ? files[0].Data : snapshotFile.Data, timestampKeys, cancel).ConfigureAwait(false));
        if (!await StoreAsync(gun, timestampFile?.Sha256 ?? "", files).ConfigureAwait(false)) throw NotaryFault.OldVersion("another process has changed the collection");
        return options.Time.GetUtcNow() + options.TimestampLifetime;
    }

    // A client that goes away must not leave it unknown whether its update was taken.
    private async Task<bool> StoreAsync(string gun, string timestampSha256, IReadOnlyList<TrustUpdate> files)
    {
        try
        {
            return await store.UpdateAfterAsync(gun, timestampSha256, files, CancellationToken.None).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
        {
            throw NotaryFault.OldVersion(e.Message);
        }
        catch (KeelsonException e)
        {
            throw NotaryFault.Storing(e);
        }
        finally
        {
            Forget(gun);
        }
    }

    private void Forget(string gun)
    {
        cache.Forget(gun);
        states.Forget(gun);
    }

    private NotaryDialect Dialect(string gun) => new(gun, parsed);
}
