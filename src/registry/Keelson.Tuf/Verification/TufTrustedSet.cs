using System.Diagnostics.CodeAnalysis;

namespace Keelson.Tuf;

/// <summary>The metadata that are trusted, and the one order in which others become so. No I/O: it is given bytes and a time.</summary>
/// <remarks>
/// TUF 1.0.34 section 5. Each step either trusts what it is given or throws and changes nothing.
/// <code>
///   root ──UpdateRoot*──▶ newest root ──FinishRoots──▶ timestamp ──▶ snapshot ──▶ targets ──▶ delegated roles
///                                                  LoadTimestamp  LoadSnapshot  (LoadTargets)
///                                                  UpdateTimestamp UpdateSnapshot UpdateTargets   UpdateDelegated
/// </code>
/// The steps named Load take what was trusted in an earlier update: it may be expired or outdated, and is there to compare versions with.
/// </remarks>
public sealed class TufTrustedSet
{
    private readonly ITufDialect dialect;
    private readonly DateTimeOffset time;
    private readonly Dictionary<string, (TufTargets Targets, TufTargets Delegator)> delegated = new(StringComparer.Ordinal);
    private bool areRootsFinished;
    private TufTimestamp? timestamp;
    private TufSnapshot? snapshot, earlierSnapshot;
    private TufTargets? targets;
    private readonly Dictionary<string, long> earlierVersions = new(StringComparer.Ordinal);

    /// <summary>Begins an update.</summary>
    /// <param name="root">The root that is trusted: shipped with the application, or kept by the update before. It may be expired.</param>
    /// <param name="dialect">The dialect of the repository.</param>
    /// <param name="time">When the update begins; expiry is compared with it throughout. Section 5.1.</param>
    /// <exception cref="TufException">The root is malformed, or not signed by itself.</exception>
    public TufTrustedSet(ReadOnlyMemory<byte> root, ITufDialect dialect, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(dialect);
        (this.dialect, this.time) = (dialect, time);
        Root = new(TufEnvelope.Parse(root, dialect));
        TufThreshold.Check("root", Root.Envelope, Root.KeysOf(TufRoles.Root), Root.Keys);
    }

    /// <summary>When the update began.</summary>
    public DateTimeOffset Time => time;

    /// <summary>The newest root.</summary>
    public TufRoot Root { get; private set; }

    /// <summary>The timestamp; null before it is trusted.</summary>
    public TufTimestamp? Timestamp => timestamp;

    /// <summary>The snapshot that the timestamp names; null before it is trusted.</summary>
    public TufSnapshot? Snapshot => snapshot;

    /// <summary>The targets that the snapshot names; null before they are trusted.</summary>
    public TufTargets? Targets => targets;

    /// <summary>The next root. Section 5.3.3 to 5.3.7.</summary>
    /// <param name="bytes">The file that is named by the version after the trusted one's.</param>
    /// <returns>
    /// Whether a key of the timestamp or the snapshot lost its trust: what those roles signed before must be forgotten, or a version that a thief
    /// made huge would stay for good (fast-forward, section 5.3.11).
    /// </returns>
    /// <exception cref="TufException">It is refused; the root before stays.</exception>
    public bool UpdateRoot(ReadOnlyMemory<byte> bytes)
    {
        Require(!areRootsFinished, "the roots are finished");
        TufRoot next = new(TufEnvelope.Parse(bytes, dialect));
        TufThreshold.Check("root by the keys before", next.Envelope, Root.KeysOf(TufRoles.Root), Root.Keys);
        TufThreshold.Check("root by its own keys", next.Envelope, next.KeysOf(TufRoles.Root), next.Keys);
        if (next.Version != Root.Version + 1) throw new TufException(TufFault.Rollback, $"verify root: version {next.Version} follows {Root.Version}");
        bool isRotated = IsRotated(TufRoles.Timestamp) || IsRotated(TufRoles.Snapshot);
        Root = next;
        return isRotated;

        bool IsRotated(string role) => !Root.FingerprintsOf(role).IsSubsetOf(next.FingerprintsOf(role));
    }

    /// <summary>Ends the walk of roots. An intermediate root may be expired, the newest may not. Section 5.3.10.</summary>
    /// <exception cref="TufException"><see cref="TufFault.Expired"/>; in notary's dialect also a certificate that does not fit.</exception>
    public void FinishRoots()
    {
        RefuseExpired(Root, TufRoles.Root);
        dialect.CheckRoot(Root, time);
        areRootsFinished = true;
    }

    /// <summary>A timestamp of an earlier update. It may be expired.</summary>
    /// <param name="bytes">The file.</param>
    /// <exception cref="TufException">It cannot be trusted any more, and is as good as none.</exception>
    public void LoadTimestamp(ReadOnlyMemory<byte> bytes)
    {
        Require(areRootsFinished && timestamp is null, "a timestamp comes after the roots");
        timestamp = ReadTimestamp(bytes);
    }

    /// <summary>The repository's timestamp. Section 5.4.</summary>
    /// <param name="bytes">The file.</param>
    /// <returns>Whether it is a new one. Of the same version as the trusted one it is not looked at further.</returns>
    /// <exception cref="TufException">It is refused; the one before stays.</exception>
    public bool UpdateTimestamp(ReadOnlyMemory<byte> bytes)
    {
        Require(areRootsFinished && snapshot is null, "a timestamp comes after the roots and before the snapshot");
        TufTimestamp next = ReadTimestamp(bytes);
        if (timestamp is { } earlier)
        {
            if (next.Version < earlier.Version) throw new TufException(TufFault.Rollback, $"verify timestamp: version {next.Version} after {earlier.Version}");
            if (next.Version == earlier.Version)
            {
                RefuseExpired(earlier, TufRoles.Timestamp);
                return false;
            }
            if (next.Snapshot.Version < earlier.Snapshot.Version)
                throw new TufException(TufFault.Rollback, $"verify timestamp: it names snapshot {next.Snapshot.Version} after {earlier.Snapshot.Version}");
        }
        RefuseExpired(next, TufRoles.Timestamp);
        timestamp = next;
        return true;
    }

    /// <summary>Refuses a trusted timestamp that is expired; asked when the repository gave no other.</summary>
    /// <exception cref="TufException"><see cref="TufFault.Expired"/>.</exception>
    public void CheckTimestamp()
    {
        Require(timestamp is not null, "no timestamp is trusted");
        RefuseExpired(timestamp, TufRoles.Timestamp);
    }

    /// <summary>A snapshot of an earlier update. It may be expired or outdated.</summary>
    /// <param name="bytes">The file.</param>
    /// <returns>Whether it is the one that the timestamp names, so that no other is needed.</returns>
    /// <exception cref="TufException">It cannot be trusted any more, and is as good as none; or it is the one that is named and has expired.</exception>
    public bool LoadSnapshot(ReadOnlyMemory<byte> bytes)
    {
        Require(timestamp is not null && snapshot is null, "a snapshot comes after the timestamp");
        TufSnapshot kept = ReadSnapshot(bytes);
        earlierSnapshot = kept;
        TufMetaFile named = timestamp.Snapshot;
        if ((dialect.HasMetaVersions && named.Version != kept.Version) || !IsNamed(named, bytes.Span)) return false;
        CheckRootOf(kept);
        RefuseExpired(kept, TufRoles.Snapshot);
        snapshot = kept;
        return true;
    }

    /// <summary>The snapshot that the timestamp names. Section 5.5.</summary>
    /// <param name="bytes">The file.</param>
    /// <exception cref="TufException">It is refused; the one before stays.</exception>
    public void UpdateSnapshot(ReadOnlyMemory<byte> bytes)
    {
        Require(timestamp is not null && snapshot is null, "a snapshot comes after the timestamp");
        timestamp.Snapshot.Check(TufRoles.Snapshot, bytes.Span);
        TufSnapshot next = ReadSnapshot(bytes);
        CheckVersion(TufRoles.Snapshot, timestamp.Snapshot, next);
        if (earlierSnapshot is { } earlier)
        {
            if (next.Version < earlier.Version) throw new TufException(TufFault.Rollback, $"verify snapshot: version {next.Version} after {earlier.Version}");
            foreach ((string role, TufMetaFile file) in earlier.Meta) CheckForward(role, file, next.Meta.GetValueOrDefault(role));
        }
        CheckRootOf(next);
        RefuseExpired(next, TufRoles.Snapshot);
        snapshot = next;
    }

    /// <summary>Targets, or a delegated role, of an earlier update in notary's dialect: their versions are known from nowhere else.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="role">Its role.</param>
    /// <param name="delegator">Who delegates to it; null: the root.</param>
    /// <exception cref="TufException">It cannot be trusted any more, and is as good as none.</exception>
    public void LoadTargets(ReadOnlyMemory<byte> bytes, string role, TufTargets? delegator)
    {
        TufTargets kept = ReadTargets(bytes, role, delegator);
        earlierVersions[role] = kept.Version;
    }

    /// <summary>The targets that the snapshot names. Section 5.6.</summary>
    /// <param name="bytes">The file.</param>
    /// <exception cref="TufException">It is refused; the one before stays.</exception>
    public void UpdateTargets(ReadOnlyMemory<byte> bytes)
    {
        Require(snapshot is not null, "targets come after the snapshot");
        targets = AcceptTargets(bytes, TufRoles.Targets, null);
    }

    /// <summary>A delegated role that the snapshot names. Section 5.6.7.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="role">Its name.</param>
    /// <param name="delegator">Who delegates to it. The same file can be trusted through one delegator and not through another.</param>
    /// <returns>The role's targets.</returns>
    /// <exception cref="TufException">It is refused.</exception>
    public TufTargets UpdateDelegated(ReadOnlyMemory<byte> bytes, string role, TufTargets delegator)
    {
        ArgumentNullException.ThrowIfNull(delegator);
        Require(targets is not null, "delegated roles come after the targets");
        TufTargets accepted = AcceptTargets(bytes, role, delegator);
        delegated[role] = (accepted, delegator);
        return accepted;
    }

    /// <summary>A delegated role that was trusted in this update already.</summary>
    /// <param name="role">Its name.</param>
    /// <param name="delegator">Who delegates to it now. When another did before, it is verified anew with this one's keys.</param>
    /// <returns>The role's targets, or null when it was not trusted yet.</returns>
    /// <exception cref="TufException">This delegator's keys did not sign it.</exception>
    public TufTargets? FindDelegated(string role, TufTargets delegator)
    {
        if (!delegated.TryGetValue(role, out (TufTargets Targets, TufTargets Delegator) known)) return null;
        return ReferenceEquals(known.Delegator, delegator) ? known.Targets : UpdateDelegated(known.Targets.Envelope.Bytes, role, delegator);
    }

    private TufTimestamp ReadTimestamp(ReadOnlyMemory<byte> bytes)
    {
        TufEnvelope envelope = TufEnvelope.Parse(bytes, dialect);
        TufThreshold.Check(TufRoles.Timestamp, envelope, Root.KeysOf(TufRoles.Timestamp), Root.Keys);
        return new(envelope);
    }

    private TufSnapshot ReadSnapshot(ReadOnlyMemory<byte> bytes)
    {
        TufEnvelope envelope = TufEnvelope.Parse(bytes, dialect);
        TufThreshold.Check(TufRoles.Snapshot, envelope, Root.KeysOf(TufRoles.Snapshot), Root.Keys);
        return new(envelope);
    }

    private TufTargets ReadTargets(ReadOnlyMemory<byte> bytes, string role, TufTargets? delegator)
    {
        TufEnvelope envelope = TufEnvelope.Parse(bytes, dialect);
        if (delegator is null) TufThreshold.Check(role, envelope, Root.KeysOf(TufRoles.Targets), Root.Keys);
        else
        {
            TufDelegatedRole delegation = delegator.Delegations?.Find(role) ?? throw new TufException(TufFault.NotFound, $"verify {role}: nobody delegates to it");
            TufThreshold.Check(role, envelope, delegation.Keys, delegator.Delegations.Keys);
        }
        return new(envelope);
    }

    private TufTargets AcceptTargets(ReadOnlyMemory<byte> bytes, string role, TufTargets? delegator)
    {
        TufMetaFile named = snapshot!.Meta.GetValueOrDefault(role) ?? throw new TufException(TufFault.NotFound, $"verify {role}: the snapshot does not name it");
        named.Check(role, bytes.Span);
        TufTargets next = ReadTargets(bytes, role, delegator);
        CheckVersion(role, named, next);
        if (!dialect.HasMetaVersions && earlierVersions.TryGetValue(role, out long earlier) && next.Version < earlier)
            throw new TufException(TufFault.Rollback, $"verify {role}: version {next.Version} after {earlier}");
        RefuseExpired(next, role);
        return next;
    }

    private void CheckVersion(string role, TufMetaFile named, TufMetadata found)
    {
        if (dialect.HasMetaVersions && named.Version != found.Version)
            throw new TufException(TufFault.Mismatch, $"verify {role}: version {found.Version} and not {named.Version}");
    }

    private void CheckForward(string role, TufMetaFile earlier, TufMetaFile? next)
    {
        if (next is null)
        {
            if (dialect.RolesMayBeAbsent && !TufRoles.IsTopLevel(role)) return;
            throw new TufException(TufFault.Rollback, $"verify snapshot: {role} is gone");
        }
        if (next.Version < earlier.Version) throw new TufException(TufFault.Rollback, $"verify snapshot: {role} {next.Version} after {earlier.Version}");
    }

    /// <summary>In notary's dialect a snapshot holds for one root, so that an old root and a new snapshot cannot be mixed.</summary>
    private void CheckRootOf(TufSnapshot next)
    {
        if (dialect.SnapshotHasRoot) next.Meta[TufRoles.Root].Check(TufRoles.Root, Root.Envelope.Bytes.Span);
    }

    private static bool IsNamed(TufMetaFile named, ReadOnlySpan<byte> bytes) =>
        (named.LengthBytes is not { } length || length == bytes.Length) && (named.Hashes is not { } hashes || hashes.Match(bytes));

    private void RefuseExpired(TufMetadata metadata, string role)
    {
        if (metadata.IsExpired(time)) throw new TufException(TufFault.Expired, $"verify {role}: it expired at {metadata.Expires.UtcDateTime:u}");
    }

    private static void Require([DoesNotReturnIf(false)] bool isTrue, string what)
    {
        if (!isTrue) throw new InvalidOperationException(what);
    }
}
