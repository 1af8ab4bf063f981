namespace Keelson.Content;

/// <summary>Namespaces. One that nobody made comes into being with its first object.</summary>
public sealed class NamespaceStore
{
    private readonly MetadataDatabase database;

    internal NamespaceStore(MetadataDatabase database) => this.database = database;

    /// <summary>A namespace.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this name.</exception>
    public NamespaceInfo Get(string name) => Find(name) ?? throw Missing("look up", name);

    /// <summary>A namespace; <see langword="null"/> when there is none of this name.</summary>
    public NamespaceInfo? Find(string name) => database.State.Namespaces.TryGetValue(name, out NamespaceState? space) ? new(name, space.Labels) : null;

    /// <summary>All namespaces that a filter holds for, by name.</summary>
    public IEnumerable<NamespaceInfo> List(Filter? filter = null) =>
        database.State.Namespaces.Select(space => new NamespaceInfo(space.Key, space.Value.Labels)).Where(space => filter is null || filter.Matches(space));

    /// <summary>Makes a namespace.</summary>
    /// <exception cref="KeelsonException">AlreadyExists. InvalidArgument: the name is no <see cref="Identifier"/>.</exception>
    public async Task<NamespaceInfo> CreateAsync(string name, LabelSet? labels = null, EventDraft? announce = null)
    {
        Identifier.Check("namespace", name);
        return await database.Writer.WriteAsync(tx =>
        {
            if (tx.State.Namespaces.ContainsKey(name)) throw new KeelsonException(ErrorKind.AlreadyExists, $"create namespace {name}: it exists already");
            tx.PutNamespace(name, labels ?? LabelSet.Empty);
            tx.Publish(announce);
            return new NamespaceInfo(name, labels ?? LabelSet.Empty);
        }).ConfigureAwait(false);
    }

    /// <summary>Changes labels of a namespace.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="labels">The labels to set.</param>
    /// <param name="fieldPaths"><c>labels</c> replaces all, <c>labels.KEY</c> sets or, without value, removes one; empty takes over each of <paramref name="labels"/>.</param>
    /// <param name="announce">An event that enters the log with the change.</param>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: a path names something else.</exception>
    public async Task<NamespaceInfo> UpdateAsync(string name, LabelSet labels, IReadOnlyCollection<string>? fieldPaths = null, EventDraft? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            if (!tx.State.Namespaces.TryGetValue(name, out NamespaceState? space)) throw Missing("update", name);
            LabelSet updated = fieldPaths is null or { Count: 0 }
                ? labels.Keys.Aggregate(space.Labels, (current, key) => FieldMask.One(current, labels, key))
                : FieldMask.Apply($"namespace {name}", space.Labels, labels, fieldPaths);
            tx.PutNamespace(name, updated);
            tx.Publish(announce);
            return new NamespaceInfo(name, updated);
        }).ConfigureAwait(false);

    /// <summary>Removes an empty namespace.</summary>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: it holds something; the message says what.</exception>
    public async Task DeleteAsync(string name, EventDraft? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            if (!tx.State.Namespaces.TryGetValue(name, out NamespaceState? space)) throw Missing("delete", name);
            string[] holds =
            [
                .. (ReadOnlySpan<string>)
                [
                    space.Images.IsEmpty ? "" : "images", space.Content.IsEmpty ? "" : "blobs", space.Containers.IsEmpty ? "" : "containers",
                    space.Snapshots.IsEmpty ? "" : "snapshots", space.Sandboxes.IsEmpty ? "" : "sandboxes", space.Leases.IsEmpty ? "" : "leases",
                    space.Ingests.IsEmpty ? "" : "ingests",
                ],
            ];
            holds = [.. holds.Where(held => held.Length > 0)];
            if (holds.Length > 0) throw new KeelsonException(ErrorKind.FailedPrecondition, $"delete namespace {name}: it still has {string.Join(", ", holds)}");
            tx.RemoveNamespace(name);
            tx.Publish(announce);
            return true;
        }).ConfigureAwait(false);

    private static KeelsonException Missing(string verb, string name) => new(ErrorKind.NotFound, $"{verb} namespace {name}: there is none");
}
