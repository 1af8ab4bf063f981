namespace Keelson.Content;

/// <summary>Finds what is needed, in one state of the metadata.</summary>
/// <remarks>
/// White is what nobody came to. Grey is what is on the stack, black what was taken from it. What a flat lease holds is reached flat: its labels are not
/// followed, its parents are. A node reached both ways counts as fully reached.
/// </remarks>
internal sealed class GarbageMark
{
    private readonly MetadataState state;
    private readonly DateTimeOffset now;
    private readonly Dictionary<GarbageNode, GarbageEntry> entries = [];
    private readonly Dictionary<GarbageNode, List<GarbageNode>> backReferences = [];
    private readonly HashSet<GarbageNode> full = [], flat = [];
    private readonly Stack<(GarbageNode Node, bool IsFlat)> grey = [];

    private GarbageMark(MetadataState state, IEnumerable<GarbageEntry> extra, DateTimeOffset now)
    {
        this.state = state;
        this.now = now;
        foreach (GarbageEntry entry in extra) entries[entry.Node] = entry;
    }

    /// <summary>Marks everything that is needed.</summary>
    /// <param name="state">The metadata.</param>
    /// <param name="extra">What the metadata do not know.</param>
    /// <param name="now">Decides what has expired.</param>
    public static GarbageMark Run(MetadataState state, IEnumerable<GarbageEntry> extra, DateTimeOffset now)
    {
        GarbageMark mark = new(state, extra, now);
        foreach ((string name, NamespaceState space) in state.Namespaces)
        {
            mark.FindBackReferences(name, space);
            mark.FindRoots(name, space);
        }
        foreach (GarbageEntry entry in mark.entries.Values)
            if (entry.IsRoot) mark.Reach(entry.Node, isFlat: false);
        while (mark.grey.TryPop(out (GarbageNode Node, bool IsFlat) next)) mark.Follow(next.Node, next.IsFlat);
        return mark;
    }

    /// <summary>Whether something is needed.</summary>
    public bool IsReached(GarbageNode node) => full.Contains(node) || flat.Contains(node);

    private void FindRoots(string name, NamespaceState space)
    {
        foreach (LeaseRecord lease in space.Leases.Values)
        {
            if (GarbageLabels.IsExpired(lease.Labels, now)) continue;
            Reach(new(name, GarbageNode.Leases, lease.Id), isFlat: false);
            bool isFlat = lease.Labels.ContainsKey(ControlLabels.GcFlat);
            foreach (LeaseResource resource in lease.Resources) Reach(new(name, resource.Type, resource.Id), isFlat);
        }
        foreach (ImageRecord image in space.Images.Values)
            if (!GarbageLabels.IsExpired(image.Labels, now)) Reach(new(name, LeaseResource.Images, image.Name), isFlat: false);
        foreach (IngestRecord ingest in space.Ingests.Values)
            if (ingest.ExpiresAt != default && ingest.ExpiresAt > now) Reach(new(name, LeaseResource.Ingests, ingest.Ref), isFlat: false);
        foreach (ContainerRecord container in space.Containers.Values) Reach(new(name, GarbageNode.Containers, container.Id), isFlat: false);
        foreach (SandboxRecord sandbox in space.Sandboxes.Values) Reach(new(name, GarbageNode.Sandboxes, sandbox.Id), isFlat: false);
        foreach (ContentInfo content in space.Content.Values)
            if (content.Labels.ContainsKey(ControlLabels.GcRoot)) Reach(NodeOf(name, content), isFlat: false);
        foreach (SnapshotRecord snapshot in space.Snapshots.Values)
            if (snapshot.Labels.ContainsKey(ControlLabels.GcRoot)) Reach(NodeOf(name, snapshot), isFlat: false);
    }

    private void FindBackReferences(string name, NamespaceState space)
    {
        foreach (ContentInfo content in space.Content.Values) AddBackReferences(NodeOf(name, content), content.Labels);
        foreach (SnapshotRecord snapshot in space.Snapshots.Values) AddBackReferences(NodeOf(name, snapshot), snapshot.Labels);
        foreach (ImageRecord image in space.Images.Values) AddBackReferences(new(name, LeaseResource.Images, image.Name), image.Labels);
    }

    private void AddBackReferences(GarbageNode holder, LabelSet labels)
    {
        foreach (GarbageNode node in GarbageLabels.BackReferences(holder.Namespace, labels))
        {
            if (!backReferences.TryGetValue(node, out List<GarbageNode>? holders)) backReferences.Add(node, holders = []);
            holders.Add(holder);
        }
    }

    private void Reach(GarbageNode node, bool isFlat)
    {
        if (isFlat ? !full.Contains(node) && flat.Add(node) : full.Add(node)) grey.Push((node, isFlat));
    }

    private void Follow(GarbageNode node, bool isFlat)
    {
        NamespaceState space = state.Namespace(node.Namespace);
        LabelSet labels = LabelSet.Empty;
        switch (node.Type)
        {
            case LeaseResource.Content when space.Content.TryGetValue(node.Key, out ContentInfo? content):
                labels = content.Labels;
                break;
            case LeaseResource.Images when space.Images.TryGetValue(node.Key, out ImageRecord? image):
                labels = image.Labels;
                Reach(new(node.Namespace, LeaseResource.Content, image.Target.Digest.ToString()), isFlat);
                break;
            case LeaseResource.Ingests when space.Ingests.TryGetValue(node.Key, out IngestRecord? ingest):
                if (!ingest.Expected.IsEmpty) Reach(new(node.Namespace, LeaseResource.Content, ingest.Expected.ToString()), isFlat);
                break;
            case GarbageNode.Containers when space.Containers.TryGetValue(node.Key, out ContainerRecord? container):
                labels = container.Labels;
                if (container.SnapshotKey.Length > 0) Reach(new(node.Namespace, LeaseResource.Snapshots + container.Snapshotter, container.SnapshotKey), isFlat);
                break;
            case GarbageNode.Sandboxes when space.Sandboxes.TryGetValue(node.Key, out SandboxRecord? sandbox):
                labels = sandbox.Labels;
                break;
            case var type when type.StartsWith(LeaseResource.Snapshots, StringComparison.Ordinal):
                if (!space.Snapshots.TryGetValue(Tables.SnapshotKey(type[LeaseResource.Snapshots.Length..], node.Key), out SnapshotRecord? snapshot)) break;
                labels = snapshot.Labels;
                if (snapshot.Parent.Length > 0) Reach(node with { Key = snapshot.Parent }, isFlat);
                break;
        }
        if (isFlat) return;
        foreach (GarbageNode needed in GarbageLabels.References(node.Namespace, labels)) Reach(needed, isFlat: false);
        if (backReferences.TryGetValue(node, out List<GarbageNode>? holders))
            foreach (GarbageNode holder in holders) Reach(holder, isFlat: false);
        if (entries.TryGetValue(node, out GarbageEntry? entry))
            foreach (GarbageNode needed in entry.References) Reach(needed, isFlat: false);
    }

    internal static GarbageNode NodeOf(string name, ContentInfo content) => new(name, LeaseResource.Content, content.Digest.ToString());

    internal static GarbageNode NodeOf(string name, SnapshotRecord snapshot) => new(name, LeaseResource.Snapshots + snapshot.Snapshotter, snapshot.Key);
}
