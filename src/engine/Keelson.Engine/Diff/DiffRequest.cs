using Keelson.Content;
using Keelson.Oci;

namespace Keelson.Engine.Diff;

/// <summary>What a comparison is to make.</summary>
public sealed record DiffRequest
{
    /// <summary>Type of the layer, which says how it is compressed; <see cref="MediaTypes.OciLayerGzip"/> when empty.</summary>
    public string MediaType { get; init; } = "";

    /// <summary>Names the ingest of the layer, so that others see it grow; empty for a name of its own. What an earlier one of the name wrote is thrown away.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Labels of the content.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>A lease that holds the content; <see langword="null"/> for none.</summary>
    public string? Lease { get; init; }

    /// <summary>How hard to compress: 1 to 9 for gzip, 1 to 19 for zstd; 0, the default, is 6 and 3.</summary>
    public int Level { get; init; }
}
