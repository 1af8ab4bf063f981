using Keelson.Notary.Keys;
using Keelson.Notary.Stores;
using Keelson.Tuf;

namespace Keelson.Notary.Server;

/// <summary>Changes collections, one change of each at a time in this process. Between processes the store lets one win.</summary>
internal sealed class Publisher(ITrustStore store, OnlineSigner signer, CollectionCache cache, NotaryServerOptions options)
{
    private readonly TufKeyCache parsed = new();
    private readonly KeyedLock turns = new();

    /// <summary>Checks an upload and takes it.</summary>
    /// <exception cref="NotaryFault">It is not valid, or somebody was faster.</exception>
    public async Task PublishAsync(string gun, IReadOnlyList<TrustUpdate> upload, CancellationToken cancel)
    {
        Dictionary<string, TrustUpdate> byRole = upload.ToDictionary(file => file.Role, StringComparer.Ordinal);
        using IDisposable turn = await turns.EnterAsync(gun, cancel).ConfigureAwait(false);
        IReadOnlyList<TrustUpdate> files = await new PublishCheck(gun, store, signer, Dialect(gun), options.Time.GetUtcNow(), byRole).RunAsync(cancel).ConfigureAwait(false);
        await StoreAsync(gun, files).ConfigureAwait(false);
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
            cache.Forget(gun);
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
        TrustFile? rootFile = await store.FindAsync(gun, TufRoles.Root, cancel).ConfigureAwait(false), snapshotFile = await store.FindAsync(gun, TufRoles.Snapshot, cancel).ConfigureAwait(false);
        if (rootFile is null || snapshotFile is null) return null;
        TrustFile? timestampFile = await store.FindAsync(gun, TufRoles.Timestamp, cancel).ConfigureAwait(false);
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
        await StoreAsync(gun, files).ConfigureAwait(false);
        return options.Time.GetUtcNow() + options.TimestampLifetime;
    }

    // A client that goes away must not leave it unknown whether its update was taken.
    private async Task StoreAsync(string gun, IReadOnlyList<TrustUpdate> files)
    {
        try
        {
            await store.UpdateAsync(gun, files, CancellationToken.None).ConfigureAwait(false);
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
            cache.Forget(gun);
        }
    }

    private NotaryDialect Dialect(string gun) => new(gun, parsed);
}
