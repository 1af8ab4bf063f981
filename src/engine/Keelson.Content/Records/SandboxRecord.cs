namespace Keelson.Content;

/// <summary>A sandbox as the engine keeps it.</summary>
/// <param name="Id">An <see cref="Identifier"/>.</param>
public sealed record SandboxRecord(string Id) : IFilterable
{
    /// <summary>Labels; those of garbage collection hold other objects while the sandbox is there.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>What else the engine keeps of it. At most <see cref="ContainerRecord.PayloadLimitBytes"/>.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was changed last.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Fields: <c>id</c>, <c>labels</c>.</summary>
    bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value) => path[0] switch
    {
        "id" => FilterField.Text(Id, out value),
        "labels" => FilterField.TryGetLabel(Labels, path, out value),
        _ => FilterField.None(out value),
    };
}
