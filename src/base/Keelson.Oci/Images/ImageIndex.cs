using System.Text.Json.Serialization;

namespace Keelson.Oci;

/// <summary>Lists the manifests of an image, one a platform, and other things kept with it.</summary>
/// <remarks>image-spec 1.1 image-index; docker's manifest list has the same form.</remarks>
public sealed record ImageIndex
{
    /// <summary>2.</summary>
    [JsonPropertyName("schemaVersion")]
    public int SchemaVersion { get; init; } = 2;

    /// <summary><see cref="MediaTypes.OciIndex"/> or <see cref="MediaTypes.DockerIndex"/>; always set on an index that was read.</summary>
    [JsonPropertyName("mediaType")]
    public string? MediaType { get; init; }

    /// <summary>What the artifact is, where the index is of one.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    /// <summary>The manifests in the publisher's order.</summary>
    [JsonPropertyName("manifests")]
    public required IReadOnlyList<Descriptor> Manifests { get; init; }

    /// <summary>The manifest that this index is attached to.</summary>
    [JsonPropertyName("subject")]
    public Descriptor? Subject { get; init; }

    /// <summary>Free notes.</summary>
    [JsonPropertyName("annotations")]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Reads an index.</summary>
    /// <param name="utf8">The document; at most <see cref="DocumentLimits.MaxBytes"/>.</param>
    /// <param name="declaredType">The media type under which it came; <see langword="null"/> when unknown.</param>
    /// <exception cref="OciFormatException">It is not an index, or not only an index.</exception>
    public static ImageIndex Parse(ReadOnlySpan<byte> utf8, string? declaredType = null)
    {
        if (ImageDocument.Identify(utf8, declaredType, out string mediaType) != ImageDocumentKind.Index) throw new OciFormatException("index", "", "is a manifest");
        ImageIndex index = ImageJson.Read(utf8, ImageJson.Strict.ImageIndex, "index") with { MediaType = mediaType };
        Descriptor.CheckAll(index.Manifests, "index", "manifests");
        index.Subject?.Check("index", "subject");
        return index;
    }

    /// <summary>The document, always the same for the same index.</summary>
    public byte[] ToUtf8() => ImageJson.Write(this, ImageJson.Strict.ImageIndex);
}
