namespace Keelson.Snapshots;

/// <summary>Keeps trees of files that stand on one another. containerd's snapshotter.</summary>
/// <remarks>
/// <code>
///              Prepare(a, "")           Commit(one, a)          Prepare(b, one)         View(c, one)
///   nothing  ------------------> active ---------------> committed ------------> active     ------------> view
/// </code>
/// A committed snapshot never changes and is the parent of others; an active one is written to; a view is only read. Keys of all kinds are in one space.
/// A snapshot is seen through the mounts that the snapshotter answers with; it is never mounted by the snapshotter itself.
/// </remarks>
public interface ISnapshotter
{
    /// <summary>What it is called in containerd's API: <c>overlayfs</c>.</summary>
    string Name { get; }

    /// <summary>A snapshot.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this key.</exception>
    ValueTask<SnapshotInfo> StatAsync(string key, CancellationToken cancel = default);

    /// <summary>Changes the labels of a snapshot, which is all that can be changed.</summary>
    /// <param name="info">The key, and the labels to set.</param>
    /// <param name="fieldPaths"><c>labels</c> replaces all, <c>labels.KEY</c> sets one or, when <paramref name="info"/> has none of that key, removes it; none is as <c>labels</c>.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: a path names something that never changes.</exception>
    ValueTask<SnapshotInfo> UpdateAsync(SnapshotInfo info, IReadOnlyCollection<string>? fieldPaths = null, CancellationToken cancel = default);

    /// <summary>What a snapshot takes on the disk, without those below it. For a committed one what was counted at the commit, for an active one what it takes now.</summary>
    /// <exception cref="KeelsonException">NotFound.</exception>
    ValueTask<SnapshotUsage> UsageAsync(string key, CancellationToken cancel = default);

    /// <summary>The mounts through which an active snapshot or a view is seen.</summary>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: it is committed. DataLoss: its files are gone.</exception>
    ValueTask<IReadOnlyList<Mount>> MountsAsync(string key, CancellationToken cancel = default);

    /// <summary>Makes a snapshot to write to.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="parent">A committed snapshot; empty for nothing below.</param>
    /// <param name="labels">Labels; those of <see cref="SnapshotLabels"/> say how it is made.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>Its mounts.</returns>
    /// <exception cref="KeelsonException">AlreadyExists. NotFound: there is no such parent. InvalidArgument: the parent is not committed, or a key is none.</exception>
    ValueTask<IReadOnlyList<Mount>> PrepareAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default);

    /// <summary>Makes a snapshot to look at.</summary>
    /// <inheritdoc cref="PrepareAsync"/>
    ValueTask<IReadOnlyList<Mount>> ViewAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default);

    /// <summary>Makes a committed snapshot of an active one, which is gone then. When this returns, the snapshot outlives a loss of power.</summary>
    /// <param name="name">Key of the committed snapshot.</param>
    /// <param name="key">The active one.</param>
    /// <param name="labels">Labels of the committed one; those of the active one go with it.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">NotFound. AlreadyExists: the name is taken. FailedPrecondition: the snapshot is not active.</exception>
    ValueTask CommitAsync(string name, string key, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default);

    /// <summary>Removes a snapshot. Its files go with the next <see cref="CleanupAsync"/>; mounts of it stay until they are taken away.</summary>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: others stand on it.</exception>
    ValueTask RemoveAsync(string key, CancellationToken cancel = default);

    /// <summary>The snapshots for which a filter holds, in the order of their keys, as they are at this moment.</summary>
    IAsyncEnumerable<SnapshotInfo> WalkAsync(Func<SnapshotInfo, bool>? filter = null, CancellationToken cancel = default);

    /// <summary>Deletes the files of removed snapshots, and what a crash left.</summary>
    ValueTask CleanupAsync(CancellationToken cancel = default);
}
