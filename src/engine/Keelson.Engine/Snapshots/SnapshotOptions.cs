using Keelson.Snapshots;

namespace Keelson.Engine.Snapshots;

/// <summary>Which snapshotters an engine has, and how they work.</summary>
public sealed record SnapshotOptions
{
    /// <summary>The one that is used where none is named; <c>overlayfs</c> by default.</summary>
    public string Default { get; init; } = OverlayName;

    /// <summary>What a commit waits for: <see cref="SnapshotDurability.Layers"/> by default. docs/images.md says why.</summary>
    public SnapshotDurability Durability { get; init; } = SnapshotDurability.Layers;

    /// <summary>Options added to each overlay that is written to.</summary>
    public IReadOnlyList<string> OverlayMountOptions { get; init; } = [];

    /// <summary>Snapshotters of others, by name. The engine disposes of those that can be.</summary>
    public IReadOnlyList<ISnapshotter> Others { get; init; } = [];

    /// <summary>Hears what could not be removed and is tried again later. It may be called from any thread.</summary>
    public Action<Exception>? Failed { get; init; }

    internal const string OverlayName = "overlayfs";

    /// <summary>Called between the steps of a change, with their names, so that tests can stop there.</summary>
    internal Action<string>? Step { get; init; }
}
