namespace Keelson.Content;

/// <summary>A namespace: objects of different namespaces do not see each other.</summary>
/// <param name="Name">An <see cref="Identifier"/>.</param>
/// <param name="Labels">Its labels.</param>
public sealed record NamespaceInfo(string Name, LabelSet Labels) : IFilterable
{
    /// <summary>Fields: <c>name</c>, <c>labels</c>.</summary>
    bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value) => path[0] switch
    {
        "name" => FilterField.Text(Name, out value),
        "labels" => FilterField.TryGetLabel(Labels, path, out value),
        _ => FilterField.None(out value),
    };
}
