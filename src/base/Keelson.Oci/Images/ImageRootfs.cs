using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Keelson.Oci;

/// <summary>The digests of an image's layers without compression.</summary>
/// <remarks>image-spec 1.1 config "rootfs".</remarks>
public sealed record ImageRootfs
{
    /// <summary><c>layers</c>.</summary>
    [JsonPropertyName("type")]
    public string? Type { get; init; }

    /// <summary>The digest of each layer's tar, the lowest first.</summary>
    [JsonPropertyName("diff_ids"), AllowNull]
    public IReadOnlyList<Digest> DiffIds { get; init => field = value ?? []; } = [];
}
