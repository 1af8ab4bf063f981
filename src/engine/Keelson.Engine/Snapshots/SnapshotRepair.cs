namespace Keelson.Engine.Snapshots;

/// <summary>What opening the snapshots found and put right.</summary>
/// <param name="Completed">Commits that were half done and are whole now.</param>
/// <param name="Unnamed">Snapshots whose files had no name, and were removed.</param>
/// <param name="Empty">Names whose files were gone, and were removed.</param>
/// <param name="Damaged">Names whose files are gone while others stand on them: <c>NAMESPACE/SNAPSHOTTER/KEY</c>. They stay, and cannot be mounted.</param>
public sealed record SnapshotRepair(int Completed, int Unnamed, int Empty, IReadOnlyList<string> Damaged)
{
    /// <summary>Whether there was nothing to do.</summary>
    public bool IsClean => Completed + Unnamed + Empty + Damaged.Count == 0;
}
