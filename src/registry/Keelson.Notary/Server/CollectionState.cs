using Keelson.Notary.Stores;
using Keelson.Tuf;

namespace Keelson.Notary.Server;

/// <summary>What a collection is before a publication. It holds as long as the collection has this timestamp, since every change makes another one.</summary>
/// <param name="TimestampSha256">SHA-256 of its timestamp; empty: it has none.</param>
/// <param name="TimestampVersion">The version of its timestamp, or 0.</param>
/// <param name="Root">Its root; <see langword="null"/>: it has none.</param>
/// <param name="Snapshot">Its snapshot; <see langword="null"/>: nobody has looked at it yet.</param>
internal sealed record CollectionState(string TimestampSha256, long TimestampVersion, RootState? Root, SnapshotState? Snapshot)
{
    /// <summary>About how much memory it takes, with its keys parsed.</summary>
    public long WeightBytes => 1024 + (Root?.WeightBytes ?? 0) + (Snapshot?.WeightBytes ?? 0);

    /// <summary>Reads it.</summary>
    /// <remarks>The timestamp first: a change that comes between shows in it.</remarks>
    /// <exception cref="TufException">What the store has is no root.</exception>
    public static async Task<CollectionState> LoadAsync(string gun, ITrustStore store, NotaryDialect dialect, CancellationToken cancel)
    {
        TrustFile? timestamp = await store.FindAsync(gun, TufRoles.Timestamp, cancel).ConfigureAwait(false);
        TrustFile? root = await store.FindAsync(gun, TufRoles.Root, cancel).ConfigureAwait(false);
        return new(timestamp?.Sha256 ?? "", timestamp?.Version ?? 0, root is null ? null : new(new(TufEnvelope.Parse(root.Data, dialect))), null);
    }
}

/// <summary>A root with its digest.</summary>
internal sealed record RootState(TufRoot Root)
{
    /// <summary>What snapshots say of it.</summary>
    public FileDigest Digest { get; } = FileDigest.Of(Root.Envelope.Bytes.Span);

    public long WeightBytes => (Root.Envelope.Bytes.Length * 4L) + (Root.Keys.Count * 2048L);
}

/// <summary>A snapshot.</summary>
/// <param name="Version">Its version; 0: there is none.</param>
/// <param name="Named">What it names, by role; roles of which it says less than is needed are missing.</param>
internal sealed record SnapshotState(long Version, SortedDictionary<string, FileDigest> Named)
{
    public long WeightBytes => Named.Count * 512L;

    /// <summary>Reads it.</summary>
    /// <exception cref="TufException">What the store has is no snapshot.</exception>
    public static async Task<SnapshotState> LoadAsync(string gun, ITrustStore store, NotaryDialect dialect, CancellationToken cancel)
    {
        SortedDictionary<string, FileDigest> named = new(StringComparer.Ordinal);
        if (await store.FindAsync(gun, TufRoles.Snapshot, cancel).ConfigureAwait(false) is not { } stored) return new(0, named);
        foreach ((string role, TufMetaFile file) in new TufSnapshot(TufEnvelope.Parse(stored.Data, dialect)).Meta)
            if (FileDigest.Of(file) is { } digest) named[role] = digest;
        return new(stored.Version, named);
    }
}
