namespace Keelson.Content;

/// <summary>A container as the engine keeps it. The metadata know what lists and garbage collection need; the rest is the engine's own text.</summary>
/// <param name="Id">An <see cref="Identifier"/>.</param>
public sealed record ContainerRecord(string Id) : IFilterable
{
    /// <summary>Longest <see cref="Payload"/>, in bytes.</summary>
    public const int PayloadLimitBytes = 16 << 20;

    /// <summary>Labels.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>Name of the image that it was made of; may be empty.</summary>
    public string Image { get; init; } = "";

    /// <summary>Name of its runtime, as <c>io.containerd.runc.v2</c>.</summary>
    public string RuntimeName { get; init; } = "";

    /// <summary>The snapshotter of its root file system; may be empty.</summary>
    public string Snapshotter { get; init; } = "";

    /// <summary>The snapshot of its root file system, which the container holds; may be empty.</summary>
    public string SnapshotKey { get; init; } = "";

    /// <summary>The sandbox that it belongs to; may be empty.</summary>
    public string SandboxId { get; init; } = "";

    /// <summary>What else the engine keeps of it: a message of its API. At most <see cref="PayloadLimitBytes"/>.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was changed last.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Fields: <c>id</c>, <c>image</c>, <c>runtime.name</c>, <c>snapshotter</c>, <c>snapshotkey</c>, <c>sandbox_id</c>, <c>labels</c>.</summary>
    bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value) => path[0] switch
    {
        "id" => FilterField.Text(Id, out value),
        "image" => FilterField.Text(Image, out value),
        "runtime" when path.Count == 2 && path[1] == "name" => FilterField.Text(RuntimeName, out value),
        "snapshotter" => FilterField.Text(Snapshotter, out value),
        "snapshotkey" => FilterField.Text(SnapshotKey, out value),
        "sandbox_id" => FilterField.Text(SandboxId, out value),
        "labels" => FilterField.TryGetLabel(Labels, path, out value),
        _ => FilterField.None(out value),
    };
}
