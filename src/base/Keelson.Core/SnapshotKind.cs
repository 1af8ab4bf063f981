namespace Keelson;

/// <summary>What can be done with a snapshot. The numbers are those of containerd's API. Rows of the metadata and snapshotters share it.</summary>
public enum SnapshotKind
{
    /// <summary>Not known.</summary>
    Unknown = 0,
    /// <summary>To look at; never committed.</summary>
    View = 1,
    /// <summary>Written to; can be committed.</summary>
    Active = 2,
    /// <summary>Never changes; others stand on it.</summary>
    Committed = 3,
}
