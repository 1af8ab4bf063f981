namespace Keelson.Content;

/// <summary>A name for content.</summary>
/// <param name="Name">A reference, as <c>docker.io/library/busybox:latest</c>; any text without control characters.</param>
/// <param name="Target">The manifest or index that it stands for.</param>
public sealed record ImageRecord(string Name, ContentDescriptor Target) : IFilterable
{
    /// <summary>Labels.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>When the name was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was changed last.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Fields: <c>name</c>, <c>target.digest</c>, <c>target.mediatype</c>, <c>labels</c>, <c>annotations</c>.</summary>
    bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value) => path[0] switch
    {
        "name" => FilterField.Text(Name, out value),
        "target" when path.Count == 2 && path[1] == "digest" => FilterField.Text(Target.Digest.ToString(), out value),
        "target" when path.Count == 2 && path[1] == "mediatype" => FilterField.Text(Target.MediaType, out value),
        "labels" => FilterField.TryGetLabel(Labels, path, out value),
        "annotations" => FilterField.TryGetLabel(Target.Annotations, path, out value),
        _ => FilterField.None(out value),
    };
}
