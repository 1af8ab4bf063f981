using System.Globalization;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>How far an ingest is.</summary>
/// <param name="Ref">The name that its writer gave it.</param>
public sealed record ContentStatus(string Ref) : IFilterable
{
    /// <summary>Bytes that are there; where the next one goes.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes that are expected in the end; 0 when that is not known.</summary>
    public long Total { get; init; }

    /// <summary>The digest that is expected; empty when that is not known.</summary>
    public Digest Expected { get; init; }

    /// <summary>When the ingest began.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When bytes were added last.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Fields: <c>ref</c>, <c>expected</c>, <c>total</c>.</summary>
    bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value) => path[0] switch
    {
        "ref" => FilterField.Text(Ref, out value),
        "expected" => FilterField.Text(Expected.ToString(), out value),
        "total" => FilterField.Text(Total.ToString(CultureInfo.InvariantCulture), out value),
        _ => FilterField.None(out value),
    };
}
