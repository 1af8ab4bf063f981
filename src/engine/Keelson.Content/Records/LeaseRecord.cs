using System.Collections.Immutable;

namespace Keelson.Content;

/// <summary>Holds resources until it is deleted or expires (<see cref="ControlLabels.GcExpire"/>).</summary>
/// <param name="Id">Its name.</param>
public sealed record LeaseRecord(string Id) : IFilterable
{
    /// <summary>Labels.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>What it holds.</summary>
    public ImmutableHashSet<LeaseResource> Resources { get; init; } = [];

    /// <summary>Fields: <c>id</c>, <c>labels</c>.</summary>
    bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value) => path[0] switch
    {
        "id" => FilterField.Text(Id, out value),
        "labels" => FilterField.TryGetLabel(Labels, path, out value),
        _ => FilterField.None(out value),
    };
}
