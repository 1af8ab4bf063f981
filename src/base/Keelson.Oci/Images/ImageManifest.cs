using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Keelson.Oci;

/// <summary>The manifest of one image: its configuration and its layers from the bottom up.</summary>
/// <remarks>image-spec 1.1 manifest; docker's schema 2 has the same form.</remarks>
public sealed record ImageManifest
{
    /// <summary>2.</summary>
    [JsonPropertyName("schemaVersion")]
    public int SchemaVersion { get; init; } = 2;

    /// <summary><see cref="MediaTypes.OciManifest"/> or <see cref="MediaTypes.DockerManifest"/>; always set on a manifest that was read.</summary>
    [JsonPropertyName("mediaType")]
    public string? MediaType { get; init; }

    /// <summary>What the artifact is, where this is not an image.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    /// <summary>The configuration: an <see cref="ImageConfig"/> when <see cref="MediaTypes.IsConfig"/> says so.</summary>
    [JsonPropertyName("config")]
    public required Descriptor Config { get; init; }

    /// <summary>The layers, the lowest first.</summary>
    [JsonPropertyName("layers"), AllowNull]
    public required IReadOnlyList<Descriptor> Layers { get; init => field = value ?? []; }

    /// <summary>The manifest that this one is attached to.</summary>
    [JsonPropertyName("subject")]
    public Descriptor? Subject { get; init; }

    /// <summary>Free notes.</summary>
    [JsonPropertyName("annotations")]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Reads a manifest.</summary>
    /// <param name="utf8">The document; at most <see cref="DocumentLimits.MaxBytes"/>.</param>
    /// <param name="declaredType">The media type under which it came; <see langword="null"/> when unknown.</param>
    /// <exception cref="OciFormatException">It is not a manifest, or not only a manifest.</exception>
    public static ImageManifest Parse(ReadOnlySpan<byte> utf8, string? declaredType = null)
    {
        if (ImageDocument.Identify(utf8, declaredType, out string mediaType) != ImageDocumentKind.Manifest) throw new OciFormatException("manifest", "", "is an index");
        ImageManifest manifest = ImageJson.Read(utf8, ImageJson.Strict.ImageManifest, "manifest") with { MediaType = mediaType };
        manifest.Config.Check("manifest", "config");
        Descriptor.CheckAll(manifest.Layers, "manifest", "layers");
        manifest.Subject?.Check("manifest", "subject");
        return manifest;
    }

    /// <summary>The document, always the same for the same manifest.</summary>
    public byte[] ToUtf8() => ImageJson.Write(this, ImageJson.Strict.ImageManifest);
}
