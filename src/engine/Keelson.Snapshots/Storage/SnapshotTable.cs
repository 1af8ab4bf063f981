namespace Keelson.Snapshots;

/// <summary>All rows in memory, and the rules of containerd's metadata store. The holder of the snapshotter's lock uses it.</summary>
internal sealed class SnapshotTable
{
    private readonly SortedDictionary<string, SnapshotRow> rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> children = new(StringComparer.Ordinal), pins = new(StringComparer.Ordinal);
    private readonly string snapshotter;

    public SnapshotTable(string snapshotter) => this.snapshotter = snapshotter;

    public IReadOnlyCollection<SnapshotRow> Rows => rows.Values;

    /// <summary>The number of the next row.</summary>
    public long NextId { get; private set; } = 1;

    /// <summary>Makes a change; the rules were asked before.</summary>
    public void Apply(IndexRecord record)
    {
        if (record.NextId > NextId) NextId = record.NextId;
        if (record.Removed is not null && rows.Remove(record.Removed, out SnapshotRow? gone)) Count(gone.Info.Parent, -1);
        if (record.Added is not { } added) return;
        if (rows.TryGetValue(added.Key, out SnapshotRow? before)) Count(before.Info.Parent, -1);
        rows[added.Key] = added;
        Count(added.Info.Parent, 1);
        NextId = Math.Max(NextId, added.Id + 1);
    }

    /// <summary>Directories with higher numbers than any row are there: their numbers are not used again.</summary>
    public void PassOver(long id) => NextId = Math.Max(NextId, id + 1);

    public SnapshotRow? Find(string key) => rows.GetValueOrDefault(key);

    /// <exception cref="KeelsonException">NotFound.</exception>
    public SnapshotRow Get(string operation, string key) =>
        rows.GetValueOrDefault(key) ?? throw Error(ErrorKind.NotFound, operation, key, "it does not exist");

    /// <exception cref="KeelsonException">AlreadyExists.</exception>
    public void MustBeFree(string operation, string key)
    {
        if (rows.ContainsKey(key)) throw Error(ErrorKind.AlreadyExists, operation, key, "it exists");
    }

    /// <summary>The committed snapshots that one with this parent stands on, the parent first, down to one that holds a whole tree.</summary>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: the parent is not committed. DataLoss: one below is gone.</exception>
    public SnapshotRow[] Below(string operation, string key, string parent)
    {
        if (parent.Length == 0) return [];
        List<SnapshotRow> below = [];
        for (string at = parent; at.Length > 0; at = below[^1].Info.Parent)
        {
            if (!rows.TryGetValue(at, out SnapshotRow? row))
            {
                throw below.Count == 0
                    ? Error(ErrorKind.NotFound, operation, key, $"its parent {parent} does not exist")
                    : Error(ErrorKind.DataLoss, operation, key, $"{at} below it is gone");
            }
            if (row.Info.Kind != SnapshotKind.Committed) throw Error(ErrorKind.InvalidArgument, operation, key, $"its parent {at} is not committed");
            below.Add(row);
            if (row.IsWhole) break;
        }
        return [.. below];
    }

    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: it is not active.</exception>
    public SnapshotRow GetActive(string operation, string key)
    {
        SnapshotRow row = Get(operation, key);
        return row.Info.Kind == SnapshotKind.Active ? row : throw Error(ErrorKind.FailedPrecondition, operation, key, "it is not active");
    }

    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: others stand on it, or are about to.</exception>
    public SnapshotRow GetRemovable(string key)
    {
        SnapshotRow row = Get("remove", key);
        if (children.GetValueOrDefault(key) > 0 || pins.GetValueOrDefault(key) > 0) throw Error(ErrorKind.FailedPrecondition, "remove", key, "others stand on it");
        return row;
    }

    /// <summary>Keeps a parent from being removed while a snapshot on it is made.</summary>
    public void Pin(string key) => Add(pins, key, 1);

    public void Unpin(string key) => Add(pins, key, -1);

    public KeelsonException Error(ErrorKind kind, string operation, string key, string cause) => new(kind, $"{operation} snapshot {key} of {snapshotter}: {cause}");

    private void Count(string parent, int change) => Add(children, parent, change);

    private static void Add(Dictionary<string, int> counts, string key, int change)
    {
        if (key.Length == 0) return;
        int count = counts.GetValueOrDefault(key) + change;
        if (count == 0) counts.Remove(key);
        else counts[key] = count;
    }
}
