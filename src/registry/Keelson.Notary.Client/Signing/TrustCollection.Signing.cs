namespace Keelson.Notary.Client;

public sealed partial class TrustCollection
{
    /// <summary>Makes a file of the staged changes for others to sign, with the signatures of the keys that are here. The changes stay staged.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: nothing is staged.</exception>
    public async Task<SigningFile> StageAsync(CancellationToken cancellation = default)
    {
        TrustState state = await LoadOrBegunAsync(false, cancellation).ConfigureAwait(false);
        TrustDraft draft = Draft(state, [.. Changes.List().Select(change => change.Change)], []);
        Dictionary<string, ReadOnlyMemory<byte>> files = [];
        foreach (string role in draft.Changed) files[role] = SignHere(state, draft, role, draft.Stage(role, ExpiryOf(role)));
        return files.Count > 0 ? new(Gun, files) : throw new KeelsonException(ErrorKind.FailedPrecondition, $"stage {Gun}: there are no changes");
    }

    /// <summary>Adds the signatures of the keys that are here.</summary>
    /// <param name="file">The file. Look at <see cref="ExamineAsync"/> first: who signs it vouches for it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: the collection changed meanwhile, or no key that may sign is here.</exception>
    public async Task<SigningFile> SignAsync(SigningFile file, CancellationToken cancellation = default)
    {
        (TrustState state, TrustDraft draft) = await TakeAsync(file, cancellation).ConfigureAwait(false);
        Dictionary<string, ReadOnlyMemory<byte>> files = file.Roles.ToDictionary(role => role.Key, role => (ReadOnlyMemory<byte>)SignHere(state, draft, role.Key, role.Value.ToArray()));
        bool isSame = files.All(role => Signatures(role.Value).SetEquals(Signatures(file.Roles[role.Key])));
        return !isSame ? new(Gun, files) : throw new KeelsonException(ErrorKind.FailedPrecondition, $"sign {Gun}: no key that may still sign is here");

        HashSet<string> Signatures(ReadOnlyMemory<byte> content) => [.. TufEnvelope.Parse(content, dialect).Signatures.Select(signature => signature.KeyId)];
    }

    /// <summary>What a file changes, and who signed and may still sign.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<IReadOnlyList<SigningStatus>> ExamineAsync(SigningFile file, CancellationToken cancellation = default)
    {
        (TrustState state, TrustDraft draft) = await TakeAsync(file, cancellation).ConfigureAwait(false);
        List<SigningStatus> roles = [];
        foreach ((string role, ReadOnlyMemory<byte> content) in file.Roles)
        {
            TufEnvelope envelope = TufEnvelope.Parse(content, dialect);
            (TufRoleKeys needed, IReadOnlyDictionary<string, TufKey> all) = draft.KeysOf(role);
            string[] missing = [.. needed.KeyIds.Where(id => TufThreshold.Count(envelope, new([id], 1), all) == 0).Select(id => all.TryGetValue(id, out TufKey? key) ? TrustPublicKeys.CanonicalId(key) : id)];
            roles.Add(new(role, draft.NextVersion(role), needed.KeyIds.Count - missing.Length, needed.Threshold, missing, Differences(state, role, content)));
        }
        return roles;
    }

    /// <summary>Publishes a file that enough people signed.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The roles of which there is a new version.</returns>
    /// <exception cref="KeelsonException">FailedPrecondition: too few signed, or the collection changed meanwhile, so that it must be staged anew.</exception>
    public async Task<IReadOnlyList<string>> PublishAsync(SigningFile file, CancellationToken cancellation = default)
    {
        (TrustState state, TrustDraft draft) = await TakeAsync(file, cancellation).ConfigureAwait(false);
        List<(string Role, ReadOnlyMemory<byte> Content)> files = [];
        foreach (string role in draft.Changed)
        {
            byte[] content = file.Roles.TryGetValue(role, out ReadOnlyMemory<byte> given) ? given.ToArray() : SignHere(state, draft, role, draft.Stage(role, ExpiryOf(role)));
            RequireSigned(state, draft, role, content);
            files.Add((role, content));
        }
        AddSnapshot(draft, files, false);
        await remote.PublishAsync(Gun, files, cancellation).ConfigureAwait(false);
        await KeepAsync(files, cancellation).ConfigureAwait(false);
        return [.. files.Select(role => role.Role)];
    }

    private async Task<(TrustState State, TrustDraft Draft)> TakeAsync(SigningFile file, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Gun != Gun) throw new KeelsonException(ErrorKind.InvalidArgument, $"open signing file: it is for {file.Gun} and not for {Gun}");
        TrustState state = await LoadOrBegunAsync(false, cancellation).ConfigureAwait(false);
        TrustDraft draft = new(state, dialect);
        foreach ((string role, ReadOnlyMemory<byte> content) in file.Roles)
        {
            if (role is TufRoles.Snapshot or TufRoles.Timestamp) throw new KeelsonException(ErrorKind.InvalidArgument, $"open signing file: {role} is not signed by people");
            TufEnvelope envelope = TufEnvelope.Parse(content, dialect);
            // Each kind refuses the other's type, so that nobody signs a root as targets.
            TufMetadata metadata = role == TufRoles.Root ? new TufRoot(envelope) : new TufTargets(envelope);
            long next = draft.NextVersion(role);
            if (metadata.Version != next) throw new KeelsonException(ErrorKind.FailedPrecondition, $"open signing file: {role} has version {metadata.Version}, and the next one is {next}; stage the change anew");
            draft.Take(role, content);
        }
        return (state, draft);
    }

    private List<string> Differences(TrustState state, string role, ReadOnlyMemory<byte> content)
    {
        if (role == TufRoles.Root) return RootDifferences(state, new(TufEnvelope.Parse(content, dialect)));
        TufTargets next = new(TufEnvelope.Parse(content, dialect));
        ReadOnlyMemory<byte> before = state.Files.TryGetValue(role, out ReadOnlyMemory<byte> file) ? file : state.Unverified.GetValueOrDefault(role);
        TufTargets? earlier = before.IsEmpty ? null : new(TufEnvelope.Parse(before, dialect));
        List<string> lines = [];
        foreach (TufTargetFile target in next.Targets.Values.OrderBy(target => target.Path, StringComparer.Ordinal))
        {
            string digest = Convert.ToHexStringLower(target.Hashes.Preferred.Span);
            TufTargetFile? known = earlier?.Targets.GetValueOrDefault(target.Path);
            if (known is null) lines.Add($"add {target.Path} {digest}");
            else if (Convert.ToHexStringLower(known.Hashes.Preferred.Span) != digest) lines.Add($"change {target.Path} to {digest}");
        }
        lines.AddRange((earlier?.Targets.Keys ?? []).Where(path => !next.Targets.ContainsKey(path)).Select(path => $"remove {path}"));
        string[] own = [.. Delegations(next)], old = [.. Delegations(earlier)];
        lines.AddRange(own.Except(old).Select(line => "delegate " + line));
        lines.AddRange(old.Except(own).Select(line => "no longer delegate " + line));
        return lines;
    }

    private static List<string> RootDifferences(TrustState state, TufRoot next)
    {
        List<string> lines = [];
        foreach (string role in TufRoles.TopLevel)
        {
            TufRoleKeys before = state.Root.KeysOf(role), after = next.KeysOf(role);
            lines.AddRange(after.KeyIds.Except(before.KeyIds).Select(id => $"add key {id} to {role}"));
            lines.AddRange(before.KeyIds.Except(after.KeyIds).Select(id => $"take key {id} from {role}"));
            if (before.Threshold != after.Threshold) lines.Add($"{role} needs {after.Threshold} keys and not {before.Threshold}");
        }
        return lines;
    }

    private static IEnumerable<string> Delegations(TufTargets? targets) =>
        (targets?.Delegations?.Roles ?? []).Select(role => $"[{string.Join(' ', role.Paths ?? [])}] to {role.Name}, {role.Keys.Threshold} of {string.Join(' ', role.Keys.KeyIds)}");
}
