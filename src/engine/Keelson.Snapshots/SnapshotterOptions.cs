namespace Keelson.Snapshots;

/// <summary>How a snapshotter is opened.</summary>
/// <param name="Root">Its directory, absolute; it is made when it is missing, and closed to all others.</param>
public record SnapshotterOptions(string Root)
{
    /// <summary>Gives the times of snapshots.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What a commit waits for; <see cref="SnapshotDurability.Layers"/> by default.</summary>
    public SnapshotDurability Durability { get; init; } = SnapshotDurability.Layers;

    /// <summary>Called before each change of the disk, with its name, so that tests can stop there.</summary>
    internal Action<string>? Step { get; init; }
}
