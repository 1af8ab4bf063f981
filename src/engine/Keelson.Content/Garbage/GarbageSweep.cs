namespace Keelson.Content;

/// <summary>What a collection removed from the metadata, and what has to follow.</summary>
internal sealed class GarbageSweep
{
    public List<GarbageNode> Nodes { get; } = [];
    public List<IngestRecord> Ingests { get; } = [];
    public List<(GarbageNode Node, SnapshotRecord Row)> Snapshots { get; } = [];

    /// <summary>Removes the rows of everything that was not reached, in one transaction.</summary>
    /// <param name="tx">The transaction; its state is the one that was marked.</param>
    /// <param name="mark">What is needed.</param>
    /// <param name="isOpen">Whether a writer has an ingest; such a one stays.</param>
    public static GarbageSweep Run(MetadataTransaction tx, GarbageMark mark, Func<string, string, bool> isOpen)
    {
        GarbageSweep sweep = new();
        foreach ((string name, NamespaceState space) in tx.State.Namespaces)
        {
            foreach (ContentInfo content in space.Content.Values)
                if (sweep.Take(mark, GarbageMark.NodeOf(name, content))) tx.Remove(Tables.Content, name, content.Digest.ToString());
            foreach (IngestRecord ingest in space.Ingests.Values)
                if (!isOpen(name, ingest.Ref) && sweep.Take(mark, new(name, LeaseResource.Ingests, ingest.Ref)))
                {
                    tx.Remove(Tables.Ingests, name, ingest.Ref);
                    sweep.Ingests.Add(ingest);
                }
            foreach (ImageRecord image in space.Images.Values)
                if (sweep.Take(mark, new(name, LeaseResource.Images, image.Name))) tx.Remove(Tables.Images, name, image.Name);
            foreach (LeaseRecord lease in space.Leases.Values)
                if (sweep.Take(mark, new(name, GarbageNode.Leases, lease.Id))) tx.Remove(Tables.Leases, name, lease.Id);
            foreach (SnapshotRecord snapshot in TopDown(space))
            {
                GarbageNode node = GarbageMark.NodeOf(name, snapshot);
                if (!sweep.Take(mark, node)) continue;
                tx.Remove(Tables.Snapshots, name, Tables.SnapshotKey(snapshot.Snapshotter, snapshot.Key));
                sweep.Snapshots.Add((node, snapshot));
            }
        }
        return sweep;
    }

    private bool Take(GarbageMark mark, GarbageNode node)
    {
        if (mark.IsReached(node)) return false;
        Nodes.Add(node);
        return true;
    }

    /// <summary>Snapshots in an order in which each comes before the one that it stands on.</summary>
    private static IEnumerable<SnapshotRecord> TopDown(NamespaceState space) => space.Snapshots.Values.Select(row => (Row: row, Depth: Depth(space, row))).OrderByDescending(pair => pair.Depth).Select(pair => pair.Row);

    private static int Depth(NamespaceState space, SnapshotRecord row)
    {
        int depth = 0;
        // The number of rows is the limit of a chain; a ring, which only damage makes, ends there as well.
        for (SnapshotRecord? at = row; at is { Parent.Length: > 0 } && depth < space.Snapshots.Count; depth++)
            at = space.Snapshots.GetValueOrDefault(Tables.SnapshotKey(at.Snapshotter, at.Parent));
        return depth;
    }
}
