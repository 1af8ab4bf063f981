namespace Keelson.Snapshots;

/// <summary>What the last opening of a snapshotter found and put right.</summary>
/// <param name="Removed">Directories of no snapshot, left by a crash; <see cref="ISnapshotter.CleanupAsync"/> deletes them.</param>
/// <param name="Dropped">Keys of snapshots whose directory is gone: a loss of power took their making, or the record of their removal.</param>
/// <param name="Orphans">Keys of snapshots that stand on one that is gone. They cannot be mounted.</param>
/// <param name="LostBytes">Bytes at the end of the index that were not written whole.</param>
public sealed record SnapshotRecovery(IReadOnlyList<string> Removed, IReadOnlyList<string> Dropped, IReadOnlyList<string> Orphans, long LostBytes)
{
    /// <summary>Whether there was nothing to do.</summary>
    public bool IsClean => Removed.Count + Dropped.Count + Orphans.Count == 0 && LostBytes == 0;
}
