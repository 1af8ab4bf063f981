using Keelson.Snapshots;

namespace Keelson.Engine.Snapshots;

/// <summary>What the snapshots of a namespace take.</summary>
/// <param name="Space">The namespace.</param>
/// <param name="Snapshotter">Which of its snapshots.</param>
/// <param name="Usage">Bytes and inodes of all of them.</param>
public sealed record NamespaceUsage(string Space, string Snapshotter, SnapshotUsage Usage);
