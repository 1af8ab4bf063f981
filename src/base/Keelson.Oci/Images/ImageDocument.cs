using System.Text.Json;

namespace Keelson.Oci;

/// <summary>Tells indexes from manifests, and refuses what could be taken for both (CVE-2021-41190).</summary>
/// <remarks>
/// image-spec 1.1 manifest and image-index, "mediaType". A name counts whatever its case, since other implementations match names so: a document whose
/// <c>Layers</c> only some readers see would be two images under one digest.
/// </remarks>
public static class ImageDocument
{
    private static readonly string[] Known = ["schemaVersion", "mediaType", "manifests", "layers", "config", "fsLayers", "blobs"];

    /// <summary>What the document is.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="declaredType">The media type under which it came, from a descriptor or <c>Content-Type</c>; <see langword="null"/> when unknown.</param>
    /// <exception cref="OciFormatException">It is no image document, it is ambiguous, or its media type contradicts its content or the declared one.</exception>
    /// <exception cref="KeelsonException">Unsupported: it is a docker manifest of schema 1 or an artifact manifest.</exception>
    public static ImageDocumentKind Identify(ReadOnlySpan<byte> utf8, string? declaredType = null) => Identify(utf8, declaredType, out _);

    internal static ImageDocumentKind Identify(ReadOnlySpan<byte> utf8, string? declaredType, out string mediaType)
    {
        bool[] has = Scan(utf8, out int version, out string? own);
        bool Has(string name) => has[Array.IndexOf(Known, name)];
        if (version == 1 || Has("fsLayers")) throw new KeelsonException(ErrorKind.Unsupported, "manifest: is a docker manifest of schema 1, which is not supported");
        if (version != 2) throw new OciFormatException("manifest", "schemaVersion", "is not 2");
        if (Has("blobs")) throw new KeelsonException(ErrorKind.Unsupported, "manifest: is an artifact manifest, which was withdrawn from the specification");
        bool isIndex = Has("manifests"), isManifest = Has("layers") || Has("config");
        if (isIndex && isManifest) throw new OciFormatException("manifest", "", "is both an index and a manifest");
        if (!isIndex && !isManifest) throw new OciFormatException("manifest", "", "has neither manifests nor layers");
        if (own is not null && declaredType is not null && IsKnown(declaredType) && own != declaredType)
            throw new OciFormatException("manifest", "mediaType", $"'{SpecReader.Quote(own)}' came as {declaredType}");
        mediaType = own ?? (IsKnown(declaredType) ? declaredType! : isIndex ? MediaTypes.OciIndex : MediaTypes.OciManifest);
        if (isIndex ? !MediaTypes.IsIndex(mediaType) : !MediaTypes.IsManifest(mediaType))
            throw new OciFormatException("manifest", "mediaType", $"'{SpecReader.Quote(mediaType)}' contradicts the content");
        return isIndex ? ImageDocumentKind.Index : ImageDocumentKind.Manifest;
    }

    private static bool IsKnown(string? type) => MediaTypes.IsIndex(type) || MediaTypes.IsManifest(type);

    /// <summary>Which of the known names stand at the top, and two of their values.</summary>
    private static bool[] Scan(ReadOnlySpan<byte> utf8, out int version, out string? mediaType)
    {
        bool[] has = new bool[Known.Length];
        (version, mediaType) = (0, null);
        ImageJson.CheckSize(utf8, "manifest");
        try
        {
            Utf8JsonReader reader = new(utf8, new JsonReaderOptions { MaxDepth = DocumentLimits.MaxDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new OciFormatException("manifest", "", "is not an object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                int known = Array.FindIndex(Known, k => k.Equals(name, StringComparison.OrdinalIgnoreCase));
                reader.Read();
                if (known >= 0)
                {
                    if (has[known]) throw new OciFormatException("manifest", Known[known], "appears twice");
                    if (name != Known[known]) throw new OciFormatException("manifest", Known[known], $"is written '{name}'");
                    has[known] = reader.TokenType != JsonTokenType.Null || Known[known] == "layers";
                    if (known == 0 && (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out version))) throw new OciFormatException("manifest", name, "is not a number");
                    if (known == 1 && reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null)) throw new OciFormatException("manifest", name, "is not a string");
                    if (known == 1) mediaType = reader.GetString() is { Length: > 0 } text ? text : null;
                }
                reader.Skip();
            }
            while (reader.Read()) { }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new OciFormatException("manifest", "", ImageJson.Problem(e));
        }
        return has;
    }
}
