using System.Text.Json.Serialization;

namespace Keelson.Oci;

/// <summary>The configuration of an image: what it runs on, how its process starts, and what its layers unpack to.</summary>
/// <remarks>image-spec 1.1 config, with the fields that docker adds.</remarks>
public sealed record ImageConfig
{
    /// <summary>When the image was made.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset? Created { get; init; }

    /// <summary>Who made it.</summary>
    [JsonPropertyName("author")]
    public string? Author { get; init; }

    /// <summary>Processor architecture in Go's words: <c>amd64</c>.</summary>
    [JsonPropertyName("architecture")]
    public string? Architecture { get; init; }

    /// <summary>Variant of the processor: <c>v7</c>.</summary>
    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    /// <summary>Operating system in Go's words: <c>linux</c>.</summary>
    [JsonPropertyName("os")]
    public string? Os { get; init; }

    /// <summary>Version of the operating system.</summary>
    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    /// <summary>Features that the operating system must have.</summary>
    [JsonPropertyName("os.features")]
    public IReadOnlyList<string>? OsFeatures { get; init; }

    /// <summary>How a container of the image starts.</summary>
    [JsonPropertyName("config")]
    public ContainerConfig? Config { get; init; }

    /// <summary>What the layers unpack to.</summary>
    [JsonPropertyName("rootfs")]
    public ImageRootfs? Rootfs { get; init; }

    /// <summary>How each layer came about, the lowest first; steps without a layer are among them.</summary>
    [JsonPropertyName("history")]
    public IReadOnlyList<ImageHistory>? History { get; init; }

    /// <summary>The platform of the image, in normal form.</summary>
    [JsonIgnore]
    public Platform Platform => new Platform
    {
        Architecture = Architecture ?? "",
        Os = Os ?? "",
        Variant = Variant,
        OsVersion = OsVersion,
        OsFeatures = OsFeatures,
    }.Normalize();

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="OciFormatException">It is too large, no JSON, or has a property of another type.</exception>
    public static ImageConfig Parse(ReadOnlySpan<byte> utf8)
    {
        ImageConfig config = ImageJson.Read(utf8, ImageJson.Strict.ImageConfig, "image configuration");
        if (config.Rootfs is { } rootfs && rootfs.DiffIds.Count > DocumentLimits.MaxEntries)
            throw new OciFormatException("image configuration", "rootfs.diff_ids", $"has more than {DocumentLimits.MaxEntries} entries");
        return config;
    }

    /// <summary>The document, always the same for the same configuration.</summary>
    public byte[] ToUtf8() => ImageJson.Write(this, ImageJson.Strict.ImageConfig);
}
