namespace Keelson.Snapshots;

/// <summary>What a commit waits for.</summary>
public enum SnapshotDurability
{
    /// <summary>Nothing: kill -9 loses nothing, a loss of power may.</summary>
    None,
    /// <summary>The index: after a loss of power the snapshot is known, but files that were written shortly before may be empty. containerd does the same.</summary>
    Index,
    /// <summary>The files of the snapshot, then the index.</summary>
    Layers,
}
