using System.Security.Cryptography;
using Keelson.Notary.Keys;
using Keelson.Notary.Stores;
using Keelson.Tuf;

namespace Keelson.Notary.Server;

/// <summary>Checks an upload against what the collection is, and adds what the server signs: the collection after it is one that a client accepts.</summary>
/// <param name="gun">The collection.</param>
/// <param name="store">Where it is.</param>
/// <param name="signer">Signs snapshots and timestamps.</param>
/// <param name="dialect">The dialect, for this collection.</param>
/// <param name="now">The time.</param>
/// <param name="upload">The files, by role.</param>
/// <param name="before">What the collection is.</param>
internal sealed class PublishCheck(string gun, ITrustStore store, OnlineSigner signer, NotaryDialect dialect, DateTimeOffset now, IReadOnlyDictionary<string, UploadedFile> upload, CollectionState before)
{
    private readonly Dictionary<string, TufTargets?> targets = new(StringComparer.Ordinal);
    private RootState rootState = null!;
    private SnapshotState? snapshotState;

    private TufRoot Root => rootState.Root;

    /// <summary>Checks it.</summary>
    /// <param name="mayRefuse">Whether it is known that the collection is what it is taken for.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>What to store; <see langword="null"/>: it is not valid, if the collection is that.</returns>
    /// <exception cref="NotaryFault">It is not valid.</exception>
    public async Task<CheckedUpdate?> TryAsync(bool mayRefuse, CancellationToken cancel)
    {
        try
        {
            return await RunAsync(cancel).ConfigureAwait(false);
        }
        catch (NotaryFault) when (!mayRefuse)
        {
            return null;
        }
    }

    private async Task<CheckedUpdate> RunAsync(CancellationToken cancel)
    {
        if (upload.ContainsKey(TufRoles.Timestamp)) throw NotaryFault.BadRole(TufRoles.Timestamp);
        CheckRoot();
        List<TrustUpdate> files = [];
        if (upload.TryGetValue(TufRoles.Root, out UploadedFile? rootFile)) files.Add(rootFile.Update);
        string[] roles = [.. upload.Keys.Where(IsTargets).OrderBy(role => role.Count(c => c == '/')).ThenBy(role => role, StringComparer.Ordinal)];
        foreach (string role in roles)
        {
            await LoadAsync(role, cancel).ConfigureAwait(false);
            files.Add(upload[role].Update);
        }
        await CheckStoredTargetsAsync(cancel).ConfigureAwait(false);
        TrustUpdate snapshot = upload.TryGetValue(TufRoles.Snapshot, out UploadedFile? given) ? await CheckSnapshotAsync(given, cancel).ConfigureAwait(false) : await MakeSnapshotAsync(cancel).ConfigureAwait(false);
        files.Add(snapshot);
        IReadOnlyList<OnlineKey> by = await signer.KeysAsync(Root, TufRoles.Timestamp, cancel).ConfigureAwait(false) ?? throw NotaryFault.BadUpdate("ErrBadRoot", "no timestamp keys exist on the server");
        TrustUpdate timestamp = await signer.TimestampAsync(before.TimestampVersion + 1, snapshot.Data, by, cancel).ConfigureAwait(false);
        files.Add(timestamp);
        return new(before, files, new(Convert.ToHexStringLower(SHA256.HashData(timestamp.Data.Span)), timestamp.Version, rootState, snapshotState));
    }

    private static bool IsTargets(string role) => role == TufRoles.Targets || role.StartsWith("targets/", StringComparison.Ordinal);

    private void CheckRoot()
    {
        if (!upload.TryGetValue(TufRoles.Root, out UploadedFile? file))
        {
            rootState = before.Root ?? throw NotaryFault.BadUpdate("ErrValidation", "no pre-existing root and no root provided in update.");
            return;
        }
        try
        {
            TufRoot root = new(file.Read(dialect));
            TufRoot? current = before.Root?.Root;
            if (current is not null && root.Version != current.Version && root.Version != current.Version + 1)
                throw NotaryFault.BadUpdate("ErrBadRoot", $"a root of version {root.Version} does not follow one of version {current.Version}");
            if (current is null && root.Version != 1) throw NotaryFault.BadUpdate("ErrBadRoot", $"the first root has version {root.Version}");
            if (current is not null) TufThreshold.Check("root by the keys before", root.Envelope, current.KeysOf(TufRoles.Root), current.Keys);
            TufThreshold.Check("root by its own keys", root.Envelope, root.KeysOf(TufRoles.Root), root.Keys);
            if (root.IsExpired(now)) throw new TufException(TufFault.Expired, "verify root: it has expired");
            dialect.CheckRoot(root, now);
            rootState = new(root);
        }
        catch (TufException e)
        {
            throw NotaryFault.BadUpdate("ErrBadRoot", e.Message);
        }
    }

    /// <summary>Targets, or a delegated role, of the upload or of the store, with all above it; <see langword="null"/> when there is none.</summary>
    private async Task<TufTargets?> LoadAsync(string role, CancellationToken cancel)
    {
        if (targets.TryGetValue(role, out TufTargets? known)) return known;
        TufTargets? delegator = role == TufRoles.Targets ? null : await LoadAsync(role[..role.LastIndexOf('/')], cancel).ConfigureAwait(false);
        bool isUploaded = upload.TryGetValue(role, out UploadedFile? file);
        TrustFile? stored = isUploaded ? null : await store.FindAsync(gun, role, cancel).ConfigureAwait(false);
        if (!isUploaded && (stored is null || stored.Data.IsEmpty)) return targets[role] = null;
        try
        {
            TufTargets read = new(isUploaded ? file!.Read(dialect) : TufEnvelope.Parse(stored!.Data, dialect));
            if (role == TufRoles.Targets) TufThreshold.Check(role, read.Envelope, Root.KeysOf(role), Root.Keys);
            else
            {
                TufDelegatedRole delegation = delegator?.Delegations?.Find(role) ?? throw new TufException(TufFault.NotFound, $"verify {role}: nobody delegates to it");
                TufThreshold.Check(role, read.Envelope, delegation.Keys, delegator.Delegations.Keys);
            }
            foreach (TufDelegatedRole below in read.Delegations?.Roles ?? []) dialect.CheckDelegation(role, below.Name);
            if (isUploaded && read.IsExpired(now)) throw new TufException(TufFault.Expired, $"verify {role}: it has expired");
            return targets[role] = read;
        }
        catch (TufException e) when (isUploaded)
        {
            throw NotaryFault.BadUpdate("ErrBadTargets", e.Message);
        }
        catch (TufException)
        {
            // What was trusted once and is no more entrusts nobody.
            return targets[role] = null;
        }
    }

    /// <summary>Refuses a root that takes its keys from the targets that are there, without new ones.</summary>
    private async Task CheckStoredTargetsAsync(CancellationToken cancel)
    {
        if (await LoadAsync(TufRoles.Targets, cancel).ConfigureAwait(false) is not null) return;
        if (await store.FindAsync(gun, TufRoles.Targets, cancel).ConfigureAwait(false) is null) throw NotaryFault.BadUpdate("ErrBadHierarchy", "there are no targets", TufRoles.Targets);
        throw NotaryFault.BadUpdate("ErrBadTargets", "the targets that are there are not signed by the keys of the root, and the update has no others");
    }

    private async Task<TrustUpdate> CheckSnapshotAsync(UploadedFile file, CancellationToken cancel)
    {
        try
        {
            TufSnapshot snapshot = new(file.Read(dialect));
            TufThreshold.Check(TufRoles.Snapshot, snapshot.Envelope, Root.KeysOf(TufRoles.Snapshot), Root.Keys);
            if (snapshot.IsExpired(now)) throw new TufException(TufFault.Expired, "verify snapshot: it has expired");
            foreach (string role in upload.Keys.Where(IsTargets))
                if (!snapshot.Meta.ContainsKey(role)) throw new TufException(TufFault.NotFound, $"verify snapshot: it does not name {role}");
            foreach ((string role, TufMetaFile named) in snapshot.Meta)
            {
                ReadOnlyMemory<byte> data = role == TufRoles.Root ? Root.Envelope.Bytes : upload.TryGetValue(role, out UploadedFile? update) ? update.Data : (await store.FindAsync(gun, role, cancel).ConfigureAwait(false))?.Data ?? default;
                if (!data.IsEmpty) named.Check(role, data.Span);
            }
            return file.Update;
        }
        catch (TufException e)
        {
            throw NotaryFault.BadUpdate("ErrBadSnapshot", e.Message);
        }
    }

    private async Task<TrustUpdate> MakeSnapshotAsync(CancellationToken cancel)
    {
        IReadOnlyList<OnlineKey> by = await signer.KeysAsync(Root, TufRoles.Snapshot, cancel).ConfigureAwait(false)
            ?? throw NotaryFault.BadUpdate("ErrBadHierarchy", "no snapshot was included in update and server does not hold current snapshot key for repository", TufRoles.Snapshot);
        SnapshotState stored = before.Snapshot ?? await SnapshotState.LoadAsync(gun, store, dialect, cancel).ConfigureAwait(false);
        SortedDictionary<string, FileDigest> meta = new(StringComparer.Ordinal);
        foreach ((string role, FileDigest digest) in stored.Named)
            if (!upload.ContainsKey(role) && await IsDelegatedAsync(role, cancel).ConfigureAwait(false)) meta[role] = digest;
        meta[TufRoles.Root] = rootState.Digest;
        foreach ((string role, UploadedFile file) in upload)
            if (IsTargets(role)) meta[role] = FileDigest.Of(file.Data.Span);
        snapshotState = new(stored.Version + 1, meta);
        return await signer.SnapshotAsync(snapshotState.Version, meta, by, cancel).ConfigureAwait(false);
    }

    /// <summary>Whether a role of the snapshot before belongs to the collection still: a delegation that was taken back goes, and what is below it.</summary>
    private async Task<bool> IsDelegatedAsync(string role, CancellationToken cancel)
    {
        if (TufRoles.IsTopLevel(role)) return true;
        if (!role.StartsWith("targets/", StringComparison.Ordinal)) return false;
        // What nobody touches needs no look at all that is above it.
        string above = role[..role.LastIndexOf('/')];
        if (!targets.ContainsKey(above) && !upload.Keys.Any(changed => above.StartsWith(changed + "/", StringComparison.Ordinal) || above == changed)) return true;
        return await LoadAsync(above, cancel).ConfigureAwait(false) is { } delegator && delegator.Delegations?.Find(role) is not null && await IsDelegatedAsync(above, cancel).ConfigureAwait(false);
    }
}
