namespace Keelson.Notary.Client;

public sealed partial class TrustCollection
{
    /// <summary>Publishes the staged changes: on top of the newest state, again when somebody else was faster, all or nothing.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The roles of which there is a new version; none when there was nothing to do.</returns>
    /// <exception cref="KeelsonException">
    /// FailedPrecondition: not all keys that must sign are here. NotFound, InvalidArgument: a change does not fit the newest state. The changes stay.
    /// </exception>
    public async Task<IReadOnlyList<string>> PublishAsync(CancellationToken cancellation = default)
    {
        IReadOnlyList<(string Name, TrustChange Change)> staged = Changes.List();
        IReadOnlyList<string> published = await PublishAsync([.. staged.Select(change => change.Change)], [], cancellation).ConfigureAwait(false);
        // If the program ends before this, the changes are applied once more, to the same effect.
        Changes.Remove(staged.Select(change => change.Name));
        return published;
    }

    /// <summary>Gives a role of the top level another key at once; staged changes stay staged.</summary>
    /// <param name="role">The role.</param>
    /// <param name="isManaged">Whether the server signs the role from now on; timestamps are always the server's.</param>
    /// <param name="newKeyIds">Keys that are here; a new one by default. A root key needs a certificate, which is made.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The new keys.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: the role cannot be managed so. As <see cref="PublishAsync(CancellationToken)"/>.</exception>
    public async Task<IReadOnlyList<TufKey>> RotateKeyAsync(string role, bool isManaged = false, IReadOnlyList<string>? newKeyIds = null, CancellationToken cancellation = default)
    {
        if (!TufRoles.IsTopLevel(role)) throw new KeelsonException(ErrorKind.InvalidArgument, $"rotate {role}: not root, targets, snapshot or timestamp; keys of delegations are added and removed");
        if (isManaged && role is (TufRoles.Root or TufRoles.Targets)) throw new KeelsonException(ErrorKind.InvalidArgument, $"rotate {role}: the server never signs it");
        if (!isManaged && role == TufRoles.Timestamp) throw new KeelsonException(ErrorKind.InvalidArgument, "rotate timestamp: only the server signs it");
        IReadOnlyList<TufKey> next;
        // Before a key is made for nothing: it must not get easier to sign for the role.
        int threshold = isManaged ? 1 : (await LoadOrBegunAsync(false, cancellation).ConfigureAwait(false)).Root.KeysOf(role).Threshold;
        if (threshold > Math.Max(newKeyIds?.Count ?? 0, 1)) throw new KeelsonException(ErrorKind.FailedPrecondition, $"rotate {role}: {threshold} keys must sign for it; name as many new ones");
        if (isManaged) next = [await remote.GetKeyAsync(Gun, role, true, cancellation).ConfigureAwait(false)];
        else
        {
            IEnumerable<TrustKey> own = newKeyIds is { Count: > 0 }
                ? newKeyIds.Select(id => keys.Open(id) ?? throw new KeelsonException(ErrorKind.NotFound, $"rotate {role}: key {id} is not in the trust directory"))
                : [keys.Generate(role, Gun)];
            next = [.. own.Select(key => role == TufRoles.Root ? TrustPublicKeys.FromCertificate(key.SelfSigned(Gun, options.Time.GetUtcNow())) : key.Public)];
        }
        await PublishAsync([KeyChange(role, next, threshold)], [], cancellation).ConfigureAwait(false);
        return next;
    }

    /// <summary>Makes new versions of what has expired or does soon, with the keys that are here. What the server signs it renews by itself then.</summary>
    /// <param name="within">What expires sooner than this is renewed; 180 days by default.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The roles that were renewed.</returns>
    public async Task<IReadOnlyList<string>> RepairAsync(TimeSpan? within = null, CancellationToken cancellation = default)
    {
        TrustState state = await LoadOrBegunAsync(true, cancellation).ConfigureAwait(false);
        DateTimeOffset limit = options.Time.GetUtcNow() + (within ?? RenewalTime);
        string[] due = [.. state.Files.Concat(state.Unverified)
            .Where(file => dialect.ReadExpires(TufEnvelope.Parse(file.Value, dialect).Signed.GetProperty("expires").GetString()!) <= limit).Select(file => file.Key)];
        return due.Length == 0 ? [] : await PublishAsync([], due, cancellation).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<string>> PublishAsync(IReadOnlyList<TrustChange> changes, IReadOnlyList<string> renewed, CancellationToken cancellation)
    {
        TrustState state = await LoadOrBegunAsync(renewed.Count > 0, cancellation).ConfigureAwait(false);
        for (int attempt = 1; ; attempt++)
        {
            List<(string Role, ReadOnlyMemory<byte> Content)> upload = Sign(state, changes, renewed);
            if (upload.Count == 0) return [];
            try
            {
                await remote.PublishAsync(Gun, upload, cancellation).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (e is NotaryException { Kind: ErrorKind.InvalidArgument } or { Kind: ErrorKind.Unavailable } && attempt < options.PublishAttempts)
            {
                TrustState newer = await LoadOrBegunAsync(renewed.Count > 0, cancellation).ConfigureAwait(false);
                // Refused although nobody else published: it will be refused again.
                if (newer.Versions == state.Versions && newer.IsPublished == state.IsPublished) throw;
                state = newer;
                continue;
            }
            await KeepAsync(upload, cancellation).ConfigureAwait(false);
            return [.. upload.Select(file => file.Role)];
        }
    }

    private async Task KeepAsync(IReadOnlyList<(string Role, ReadOnlyMemory<byte> Content)> upload, CancellationToken cancellation)
    {
        foreach ((string role, ReadOnlyMemory<byte> content) in upload) await cache.SaveAsync(role, content, cancellation).ConfigureAwait(false);
    }

    /// <summary>The files of the next state, signed.</summary>
    private List<(string Role, ReadOnlyMemory<byte> Content)> Sign(TrustState state, IReadOnlyList<TrustChange> changes, IReadOnlyList<string> renewed)
    {
        TrustDraft draft = Draft(state, changes, renewed);
        List<(string Role, ReadOnlyMemory<byte> Content)> files = [];
        foreach (string role in draft.Changed)
        {
            byte[] file = SignHere(state, draft, role, draft.Stage(role, ExpiryOf(role)));
            RequireSigned(state, draft, role, file);
            files.Add((role, file));
        }
        AddSnapshot(draft, files, renewed.Contains(TufRoles.Snapshot));
        return files;
    }

    private TrustDraft Draft(TrustState state, IReadOnlyList<TrustChange> changes, IReadOnlyList<string> renewed)
    {
        TrustDraft draft = new(state, dialect);
        foreach (TrustChange change in changes) draft.Apply(change);
        foreach (string role in renewed)
            if (role != TufRoles.Snapshot)
                draft.Renew(role);
        return draft;
    }

    /// <summary>A snapshot, when its key is here; otherwise the server makes it.</summary>
    private void AddSnapshot(TrustDraft draft, List<(string Role, ReadOnlyMemory<byte> Content)> files, bool isDue)
    {
        if (files.Count == 0 && !isDue) return;
        (TufRoleKeys role, IReadOnlyDictionary<string, TufKey> all) = draft.KeysOf(TufRoles.Snapshot);
        List<TrustKey> own = OwnKeys(role, all);
        if (own.Count == 0) return;
        byte[] snapshot = draft.StageSnapshot(files.ToDictionary(file => file.Role, file => file.Content), ExpiryOf(TufRoles.Snapshot));
        files.Add((TufRoles.Snapshot, TufSigning.Add(snapshot, dialect, own.Select(key => key.Signer), all)));
    }

    /// <summary>Adds the signatures of all keys that are here: for a root also those of the root before.</summary>
    private byte[] SignHere(TrustState state, TrustDraft draft, string role, byte[] file)
    {
        (TufRoleKeys needed, IReadOnlyDictionary<string, TufKey> all) = draft.KeysOf(role);
        file = AddSignatures(file, needed, all);
        return role == TufRoles.Root ? AddSignatures(file, state.Root.KeysOf(TufRoles.Root), state.Root.Keys) : file;
    }

    private byte[] AddSignatures(byte[] file, TufRoleKeys role, IReadOnlyDictionary<string, TufKey> all) =>
        TufSigning.Add(file, dialect, OwnKeys(role, all).Select(key => key.Signer), role.KeyIds.Where(all.ContainsKey).ToDictionary(id => id, id => all[id]));

    private List<TrustKey> OwnKeys(TufRoleKeys role, IReadOnlyDictionary<string, TufKey> all)
    {
        List<TrustKey> own = [];
        foreach (string id in role.KeyIds)
            if (all.GetValueOrDefault(id) is { } key && keys.Open(TrustPublicKeys.CanonicalId(key)) is { } here)
                own.Add(here);
        return own;
    }

    private void RequireSigned(TrustState state, TrustDraft draft, string role, byte[] file)
    {
        TufEnvelope envelope = TufEnvelope.Parse(file, dialect);
        (TufRoleKeys needed, IReadOnlyDictionary<string, TufKey> all) = draft.KeysOf(role);
        Require(needed, all, "");
        if (role == TufRoles.Root && state.IsPublished) Require(state.Root.KeysOf(TufRoles.Root), state.Root.Keys, " of the root before");

        void Require(TufRoleKeys by, IReadOnlyDictionary<string, TufKey> from, string which)
        {
            int count = TufThreshold.Count(envelope, by, from);
            if (count >= by.Threshold) return;
            string hint = by.Threshold > 1 ? "; stage the change, and let the others sign the file" : "";
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"sign {role} of {Gun}: {count} of the {by.Threshold} keys{which} that must sign are here{hint}");
        }
    }
}
