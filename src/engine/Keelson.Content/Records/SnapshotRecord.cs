namespace Keelson.Content;

/// <summary>A snapshot of a snapshotter.</summary>
/// <param name="Snapshotter">The snapshotter's name.</param>
/// <param name="Key">The snapshot's name within namespace and snapshotter.</param>
public sealed record SnapshotRecord(string Snapshotter, string Key) : IFilterable
{
    /// <summary>The snapshot below; empty at the bottom.</summary>
    public string Parent { get; init; } = "";

    /// <summary>The name that the snapshotter itself uses, unique over all namespaces: <c>NAMESPACE/NUMBER/KEY</c> as containerd's.</summary>
    public string InternalName { get; init; } = "";

    /// <summary>What can be done with it.</summary>
    public SnapshotKind Kind { get; init; }

    /// <summary>Labels.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was changed last.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Fields: <c>name</c>, <c>parent</c>, <c>kind</c>, <c>labels</c>.</summary>
    bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value) => path[0] switch
    {
        "name" => FilterField.Text(Key, out value),
        "parent" => FilterField.Text(Parent, out value),
        "kind" => FilterField.Text(Kind switch { SnapshotKind.View => "view", SnapshotKind.Active => "active", SnapshotKind.Committed => "committed", _ => "unknown" }, out value),
        "labels" => FilterField.TryGetLabel(Labels, path, out value),
        _ => FilterField.None(out value),
    };
}
