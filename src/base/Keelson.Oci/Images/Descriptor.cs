using System.Text.Json.Serialization;

namespace Keelson.Oci;

/// <summary>Points to content: its type, digest and size.</summary>
/// <remarks>image-spec 1.1 descriptor.</remarks>
public sealed record Descriptor
{
    /// <summary>What the content is; see <see cref="MediaTypes"/>.</summary>
    [JsonPropertyName("mediaType")]
    public required string MediaType { get; init; }

    /// <summary>Names the content.</summary>
    [JsonPropertyName("digest")]
    public required Digest Digest { get; init; }

    /// <summary>Size of the content in bytes.</summary>
    [JsonPropertyName("size")]
    public required long Size { get; init; }

    /// <summary>Other places that serve the content.</summary>
    [JsonPropertyName("urls")]
    public IReadOnlyList<string>? Urls { get; init; }

    /// <summary>Free notes.</summary>
    [JsonPropertyName("annotations")]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>The content itself, where it is small. Whoever uses it checks it against <see cref="Digest"/>.</summary>
    [JsonPropertyName("data")]
    public byte[]? Data { get; init; }

    /// <summary>The platform that a manifest is for.</summary>
    [JsonPropertyName("platform")]
    public Platform? Platform { get; init; }

    /// <summary>What an artifact is, where the content is a manifest of one.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    /// <summary>The content in <see cref="Data"/> when it is there and right.</summary>
    /// <exception cref="KeelsonException">DataLoss: it has another size or digest than the descriptor says.</exception>
    public byte[]? VerifiedData()
    {
        if (Data is null) return null;
        if (Data.LongLength != Size || !Digest.IsOf(Data))
            throw new KeelsonException(ErrorKind.DataLoss, $"descriptor {Digest}: the data in it is other content");
        return Data;
    }

    internal void Check(string document, string path)
    {
        if (Size < 0) throw new OciFormatException(document, path + ".size", "is negative");
        if (MediaType.Length is 0 or > 255) throw new OciFormatException(document, path + ".mediaType", "is empty or longer than 255 characters");
        if (Digest.IsEmpty) throw new OciFormatException(document, path + ".digest", "is missing");
    }

    internal static void CheckAll(IReadOnlyList<Descriptor> descriptors, string document, string path)
    {
        if (descriptors.Count > DocumentLimits.MaxEntries) throw new OciFormatException(document, path, $"has more than {DocumentLimits.MaxEntries} entries");
        for (int i = 0; i < descriptors.Count; i++)
        {
            if (descriptors[i] is null) throw new OciFormatException(document, $"{path}[{i}]", "is null");
            descriptors[i].Check(document, $"{path}[{i}]");
        }
    }
}
