using System.Globalization;

namespace Keelson.Content;

/// <summary>Names of the snapshots of one snapshotter as a namespace sees them. The snapshotter itself keeps the files, under the internal names.</summary>
public sealed class SnapshotIndex
{
    private readonly MetadataDatabase database;
    private readonly string space, snapshotter;
    private readonly string? lease;

    internal SnapshotIndex(MetadataDatabase database, string space, string snapshotter, string? lease)
    {
        this.database = database;
        this.space = space;
        this.snapshotter = snapshotter;
        this.lease = lease;
    }

    /// <summary>A snapshot.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this key.</exception>
    public SnapshotRecord Get(string key) => Find(key) ?? throw MetadataTransaction.Missing(Tables.Snapshots, space, RowKey(key), "look up");

    /// <summary>A snapshot; <see langword="null"/> when there is none of this key.</summary>
    public SnapshotRecord? Find(string key) => database.State.Namespace(space).Snapshots.GetValueOrDefault(RowKey(key));

    /// <summary>All snapshots that a filter holds for, by key.</summary>
    public IEnumerable<SnapshotRecord> List(Filter? filter = null) =>
        database.State.Namespace(space).Snapshots.Values.Where(row => row.Snapshotter == snapshotter && (filter is null || filter.Matches(row)));

    /// <summary>Makes a snapshot's name, and with it the internal name that its files get.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="parent">A committed snapshot; empty at the bottom.</param>
    /// <param name="kind">View or active, or committed for one that comes ready.</param>
    /// <param name="labels">Labels.</param>
    /// <param name="announce">An event that enters the log with the change.</param>
    /// <remarks>A crash does not undo it; a loss of power may, unless the snapshot is committed, and takes the files with it.</remarks>
    /// <exception cref="KeelsonException">AlreadyExists. NotFound: there is no such parent. InvalidArgument: the parent is not committed.</exception>
    public async Task<SnapshotRecord> CreateAsync(string key, string parent, SnapshotKind kind, LabelSet? labels = null, EventDraft? announce = null)
    {
        Identifier.CheckName("snapshot", key);
        if (kind is not (SnapshotKind.View or SnapshotKind.Active or SnapshotKind.Committed))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"create snapshot {key}: its kind is unknown");
        return await database.Writer.WriteAsync(tx =>
        {
            tx.IsLazy = kind != SnapshotKind.Committed;
            if (parent.Length > 0 && tx.Get(Tables.Snapshots, space, RowKey(parent), "stand on").Kind != SnapshotKind.Committed)
                throw new KeelsonException(ErrorKind.InvalidArgument, $"create snapshot {key} in namespace {space}: its parent {parent} is not committed");
            SnapshotRecord created = new(snapshotter, key)
            {
                Parent = parent,
                Kind = kind,
                Labels = labels ?? LabelSet.Empty,
                InternalName = string.Create(CultureInfo.InvariantCulture, $"{space}/{tx.NewId()}/{key}"),
                CreatedAt = tx.Now,
                UpdatedAt = tx.Now,
            };
            tx.Add(Tables.Snapshots, space, created);
            Hold(tx, key);
            tx.Publish(announce);
            return created;
        }).ConfigureAwait(false);
    }

    /// <summary>The internal name that an active snapshot gets when it is committed: its number stays, so that the two are known to belong together.</summary>
    /// <param name="active">The active snapshot.</param>
    /// <param name="name">Its name then.</param>
    public static string InternalName(SnapshotRecord active, string name) => active.InternalName[..(active.InternalName.IndexOf('/', active.InternalName.IndexOf('/', StringComparison.Ordinal) + 1) + 1)] + name;

    /// <summary>Commits an active snapshot under another name, with the internal name that <see cref="InternalName"/> tells. The active one is gone then.</summary>
    /// <exception cref="KeelsonException">NotFound. AlreadyExists: the new name is taken. FailedPrecondition: the snapshot is not active.</exception>
    public async Task<SnapshotRecord> CommitAsync(string key, string name, LabelSet? labels = null, EventDraft? announce = null)
    {
        Identifier.CheckName("snapshot", name);
        return await database.Writer.WriteAsync(tx =>
        {
            SnapshotRecord active = tx.Get(Tables.Snapshots, space, RowKey(key), "commit");
            if (active.Kind != SnapshotKind.Active) throw new KeelsonException(ErrorKind.FailedPrecondition, $"commit snapshot {key} in namespace {space}: it is not active");
            SnapshotRecord committed = active with
            {
                Key = name,
                Kind = SnapshotKind.Committed,
                Labels = labels ?? LabelSet.Empty,
                InternalName = InternalName(active, name),
                CreatedAt = tx.Now,
                UpdatedAt = tx.Now,
            };
            tx.Add(Tables.Snapshots, space, committed);
            Hold(tx, name);
            Forget(tx, key);
            tx.Publish(announce);
            return committed;
        }).ConfigureAwait(false);
    }

    /// <summary>Changes labels of a snapshot.</summary>
    /// <param name="key">The snapshot.</param>
    /// <param name="labels">The labels to set.</param>
    /// <param name="fieldPaths"><c>labels</c> replaces all, <c>labels.KEY</c> sets or, without value, removes one; empty is as <c>labels</c>.</param>
    /// <param name="announce">An event that enters the log with the change.</param>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: a path names something else.</exception>
    public async Task<SnapshotRecord> UpdateAsync(string key, LabelSet labels, IReadOnlyCollection<string>? fieldPaths = null, EventDraft? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            SnapshotRecord current = tx.Get(Tables.Snapshots, space, RowKey(key), "update");
            SnapshotRecord updated = current with
            {
                Labels = FieldMask.Apply($"snapshot {key}", current.Labels, labels, fieldPaths is null or { Count: 0 } ? ["labels"] : fieldPaths),
                UpdatedAt = tx.Now,
            };
            tx.Put(Tables.Snapshots, space, updated);
            tx.Publish(announce);
            tx.MadeGarbage = true;
            return updated;
        }).ConfigureAwait(false);

    /// <summary>Removes a snapshot's name. Who calls it removes the files of the internal name that it had.</summary>
    /// <returns>What was removed.</returns>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: others stand on it.</exception>
    public async Task<SnapshotRecord> DeleteAsync(string key, EventDraft? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            // When a loss of power brings the row back, opening finds it without files and removes it again.
            tx.IsLazy = true;
            SnapshotRecord row = tx.Get(Tables.Snapshots, space, RowKey(key), "delete");
            if (tx.Namespace(space).Snapshots.Values.Any(other => other.Snapshotter == snapshotter && other.Parent == key))
                throw new KeelsonException(ErrorKind.FailedPrecondition, $"delete snapshot {key} in namespace {space}: others stand on it");
            Forget(tx, key);
            tx.Publish(announce);
            tx.MadeGarbage = true;
            return row;
        }).ConfigureAwait(false);

    private string RowKey(string key) => Tables.SnapshotKey(snapshotter, key);

    private void Hold(MetadataTransaction tx, string key)
    {
        if (lease is null) return;
        LeaseRecord holder = tx.Get(Tables.Leases, space, lease, "hold a snapshot by");
        tx.Put(Tables.Leases, space, holder with { Resources = holder.Resources.Add(new(key, LeaseResource.Snapshots + snapshotter)) });
    }

    private void Forget(MetadataTransaction tx, string key)
    {
        tx.Remove(Tables.Snapshots, space, RowKey(key));
        LeaseResource resource = new(key, LeaseResource.Snapshots + snapshotter);
        foreach (LeaseRecord holder in tx.Namespace(space).Leases.Values)
            if (holder.Resources.Contains(resource)) tx.Put(Tables.Leases, space, holder with { Resources = holder.Resources.Remove(resource) });
    }
}
