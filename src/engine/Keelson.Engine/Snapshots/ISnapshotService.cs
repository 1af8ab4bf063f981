using Keelson.Content;
using Keelson.Snapshots;

namespace Keelson.Engine.Snapshots;

/// <summary>The snapshots of a namespace: names in the metadata, files with a snapshotter. Leases hold them, garbage collection removes them, events tell of them.</summary>
public interface ISnapshotService
{
    /// <summary>Names of the snapshotters; the first is the default.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The snapshots of a namespace in one snapshotter. Keys are the namespace's own.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="snapshotter">One of <see cref="Names"/>; empty for the default.</param>
    /// <param name="lease">A lease that holds what is made through the result; <see langword="null"/> for none.</param>
    /// <exception cref="KeelsonException">NotFound: there is no such snapshotter. InvalidArgument: a name is no <see cref="Identifier"/>.</exception>
    ISnapshotter Of(string space, string snapshotter = "", string? lease = null);
}
