namespace Keelson.Content;

/// <summary>A part of the engine that keeps things which the collection removes: a snapshotter, or one whose things the metadata do not know.</summary>
public interface IGarbageResource
{
    /// <summary>The type of its nodes: <c>snapshots/NAME</c> for a snapshotter, any other name for things of its own.</summary>
    string Type { get; }

    /// <summary>Its things that the metadata do not know. A snapshotter, whose names are in <see cref="SnapshotIndex"/>, has none.</summary>
    /// <remarks>Called at the beginning of a collection. What is made later is not in the list and stays.</remarks>
    IReadOnlyCollection<GarbageEntry> List();

    /// <summary>Removes the files of a thing that nothing needs.</summary>
    /// <param name="node">The thing. Those that stand on others come before these.</param>
    /// <param name="snapshot">For a snapshotter: the row that has just been removed, with its internal name; <see langword="null"/> otherwise.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <remarks>What it throws is reported by the collection, which goes on with the others.</remarks>
    ValueTask RemoveAsync(GarbageNode node, SnapshotRecord? snapshot, CancellationToken cancel);
}
