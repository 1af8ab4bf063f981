namespace Keelson.Content;

/// <summary>All metadata at one moment. It holds nothing open, and keeps old rows in memory while it is held itself.</summary>
/// <remarks>
/// List from a view and watch <see cref="EventLog.SubscribeAsync"/> from <see cref="EventSequence"/>: there is neither a gap nor an event twice.
/// </remarks>
public sealed class MetadataView
{
    private readonly MetadataState state;

    internal MetadataView(MetadataState state) => this.state = state;

    /// <summary>Number of the last event that this view includes; 0 before the first.</summary>
    public long EventSequence => state.LastSequence;

    /// <summary>Names of all namespaces.</summary>
    public IEnumerable<string> Namespaces => state.Namespaces.Keys;

    /// <summary>Content of a namespace.</summary>
    public IEnumerable<ContentInfo> Content(string space) => state.Namespace(space).Content.Values;

    /// <summary>Images of a namespace.</summary>
    public IEnumerable<ImageRecord> Images(string space) => state.Namespace(space).Images.Values;

    /// <summary>Leases of a namespace.</summary>
    public IEnumerable<LeaseRecord> Leases(string space) => state.Namespace(space).Leases.Values;

    /// <summary>Containers of a namespace.</summary>
    public IEnumerable<ContainerRecord> Containers(string space) => state.Namespace(space).Containers.Values;

    /// <summary>Sandboxes of a namespace.</summary>
    public IEnumerable<SandboxRecord> Sandboxes(string space) => state.Namespace(space).Sandboxes.Values;

    /// <summary>Snapshots of a namespace, of all snapshotters.</summary>
    public IEnumerable<SnapshotRecord> Snapshots(string space) => state.Namespace(space).Snapshots.Values;
}
