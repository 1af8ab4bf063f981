namespace Keelson.Snapshots;

/// <summary>How an overlayfs snapshotter is opened.</summary>
/// <inheritdoc cref="SnapshotterOptions"/>
public sealed record OverlaySnapshotterOptions(string Root) : SnapshotterOptions(Root)
{
    /// <summary>Options added to each overlay that is written to: <c>volatile</c> spares it all syncs.</summary>
    public IReadOnlyList<string> MountOptions { get; init; } = [];

    /// <summary>Whether the snapshots with <see cref="SnapshotLabels"/> of owners are copies even where the kernel could map owners.</summary>
    public bool CopyForMappedOwners { get; init; }
}
