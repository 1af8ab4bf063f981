using System.Collections.Immutable;

namespace Keelson.Snapshots;

/// <summary>What is known of a snapshot without a look at its files.</summary>
/// <param name="Name">Its key.</param>
public sealed record SnapshotInfo(string Name)
{
    /// <summary>What can be done with it.</summary>
    public SnapshotKind Kind { get; init; }

    /// <summary>The committed snapshot below; empty at the bottom.</summary>
    public string Parent { get; init; } = "";

    /// <summary>Labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its labels were changed last.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}
