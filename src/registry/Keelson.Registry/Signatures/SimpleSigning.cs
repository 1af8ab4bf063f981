using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Registry.Signatures;

/// <summary>What cosign signs: a document that names the manifest.</summary>
/// <remarks>
/// <c>{"critical":{"identity":{"docker-reference":…},"image":{"docker-manifest-digest":"sha256:…"},"type":"cosign container image signature"},"optional":…}</c>, the "simple signing" of
/// containers/image. The reference is not looked at, as cosign does not by default: an image stays what it is wherever it is copied to.
/// </remarks>
internal static class SimpleSigning
{
    /// <summary>Type of the layer that holds the document.</summary>
    public const string MediaType = "application/vnd.dev.cosign.simplesigning.v1+json";

    /// <summary>Annotation of that layer: the signature in base64.</summary>
    public const string SignatureAnnotation = "dev.cosignproject.cosign/signature";

    /// <summary>Annotation of that layer: the signer's certificate as PEM, where there is one.</summary>
    public const string CertificateAnnotation = "dev.sigstore.cosign/certificate";

    /// <summary>Type of a signature that is a referrer.</summary>
    public const string ArtifactType = "application/vnd.dev.cosign.artifact.sig.v1+json";

    /// <summary>Longest document: 64 KiB; they have some 300 bytes and what the signer adds.</summary>
    public const int LimitBytes = 64 << 10;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>The manifest that a document is about.</summary>
    /// <returns><see langword="null"/>: it is no such document.</returns>
    public static Digest? SubjectOf(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length > LimitBytes) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(payload, Strict);
            if (document.RootElement is not { ValueKind: JsonValueKind.Object } root || Find(root, "critical", JsonValueKind.Object) is not { } critical) return null;
            if (Find(critical, "type", JsonValueKind.String)?.GetString() is not ("cosign container image signature" or "atomic container signature")) return null;
            if (Find(critical, "image", JsonValueKind.Object) is not { } image || Find(image, "docker-manifest-digest", JsonValueKind.String) is not { } text) return null;
            return Digest.TryParse(text.GetString(), out Digest digest) ? digest : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or a text that is no Unicode.
            return null;
        }
    }

    private static JsonElement? Find(JsonElement element, string name, JsonValueKind kind) => element.TryGetProperty(name, out JsonElement found) && found.ValueKind == kind ? found : null;
}
