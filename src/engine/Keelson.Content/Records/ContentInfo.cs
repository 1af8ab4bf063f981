using System.Globalization;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>What a namespace knows of a blob.</summary>
/// <param name="Digest">The blob's name.</param>
/// <param name="Size">Its length in bytes.</param>
public sealed record ContentInfo(Digest Digest, long Size) : IFilterable
{
    /// <summary>Labels; those of <see cref="ControlLabels"/> steer garbage collection.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>When it was committed to the namespace.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its labels were changed last.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Fields: <c>digest</c>, <c>size</c>, <c>labels</c>.</summary>
    bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value) => path[0] switch
    {
        "digest" => FilterField.Text(Digest.ToString(), out value),
        "size" => FilterField.Text(Size.ToString(CultureInfo.InvariantCulture), out value),
        "labels" => FilterField.TryGetLabel(Labels, path, out value),
        _ => FilterField.None(out value),
    };
}
