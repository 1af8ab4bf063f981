namespace Keelson.Snapshots;

/// <summary>A whole copy of the tree a snapshot; works on every file system. containerd's <c>native</c>.</summary>
/// <remarks>The directory of a snapshot is its tree. Where the file system shares contents between files (btrfs, XFS), a copy takes little room.</remarks>
public sealed class NativeSnapshotter : Snapshotter
{
    private const uint TreeMode = 0b111_101_101;

    private NativeSnapshotter(SnapshotterOptions options) : base("native", options)
    {
    }

    /// <summary>Opens the snapshotter in a directory, or makes it.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: another process has it open. DataLoss: its index is damaged.</exception>
    public static NativeSnapshotter Open(SnapshotterOptions options) => new(options);

    /// <inheritdoc/>
    private protected override string TreeOf(SnapshotRow row) => DirectoryOf(row);

    /// <inheritdoc/>
    private protected override async ValueTask<bool> FillAsync(string draft, SnapshotKind kind, SnapshotRow[] below, OwnerMap? owners, CancellationToken cancel)
    {
        string tree = $"{Place.Path}/{draft}";
        if (below.Length > 0 && (kind == SnapshotKind.Active || owners is not null))
        {
            await Task.Run(() => TreeCopier.Copy(TreeOf(below[0]), tree, owners, cancel), cancel).ConfigureAwait(false);
            return true;
        }
        Place.SetMode(draft, TreeMode);
        if (owners is not null) Place.SetOwner(draft, owners.MapUser(0), owners.MapGroup(0));
        return below.Length == 0;
    }

    /// <inheritdoc/>
    private protected override ValueTask<IReadOnlyList<Mount>> MountsOfAsync(SnapshotRow row, SnapshotRow[] below, CancellationToken cancel)
    {
        string tree = row.IsWhole ? TreeOf(row) : TreeOf(below[0]);
        return ValueTask.FromResult<IReadOnlyList<Mount>>([new("bind", tree, [row.Info.Kind == SnapshotKind.View ? "ro" : "rw", "rbind"])]);
    }
}
