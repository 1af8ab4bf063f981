using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Registry.Signatures;

/// <summary>A signature as cosign 3 keeps it: a sigstore bundle that holds an in-toto statement in an envelope of DSSE.</summary>
/// <remarks>
/// <c>{"mediaType","verificationMaterial":{"publicKey"|"certificate":{"rawBytes"}},"dsseEnvelope":{"payload","payloadType","signatures":[{"sig"}]}}</c>. Signed is
/// <c>DSSEv1 LENGTH TYPE LENGTH PAYLOAD</c>; the payload is <c>{"_type","subject":[{"digest":{"sha256"}}],"predicateType"}</c>. Statements of other predicates are about the image and do not say
/// that it may be used: they are no signatures of it. Keys are ours to choose; what a bundle says of certificates, logs and times is not looked at.
/// </remarks>
internal sealed class SigstoreBundle
{
    /// <summary>Type of the referrer and of its layer.</summary>
    public const string MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";

    /// <summary>Longest bundle: 256 KiB; they have some 5.</summary>
    public const int LimitBytes = 256 << 10;

    private const string PayloadType = "application/vnd.in-toto+json", Predicate = "https://sigstore.dev/cosign/sign/v1";
    private const int SubjectLimit = 100, SignatureLimit = 10;

    /// <summary>Longest signature: RSA of 8192 bits.</summary>
    private const int SignatureBytes = 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly List<Digest> subjects;
    private readonly List<byte[]> signatures;
    private readonly byte[] signed;

    private SigstoreBundle(List<Digest> subjects, byte[] signed, List<byte[]> signatures, string? signerName) =>
        (this.subjects, this.signed, this.signatures, SignerName) = (subjects, signed, signatures, signerName);

    /// <summary>Who has signed, as a certificate says that comes along; <see langword="null"/>: none does.</summary>
    public string? SignerName { get; }

    /// <summary>Reads a bundle.</summary>
    /// <returns><see langword="null"/>: it is none, or what it holds is no signature of an image.</returns>
    public static SigstoreBundle? Parse(ReadOnlyMemory<byte> text)
    {
        if (text.Length > LimitBytes) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Strict);
            JsonElement root = document.RootElement, envelope = root.GetProperty("dsseEnvelope");
            if (envelope.GetProperty("payloadType").GetString() != PayloadType) return null;
            byte[] payload = envelope.GetProperty("payload").GetBytesFromBase64();
            List<byte[]> signatures = [.. envelope.GetProperty("signatures").EnumerateArray().Take(SignatureLimit).Select(signature => signature.GetProperty("sig").GetBytesFromBase64())];
            signatures.RemoveAll(signature => signature.Length is 0 or > SignatureBytes);
            using JsonDocument statement = JsonDocument.Parse(payload, Strict);
            if (statement.RootElement.GetProperty("_type").GetString() is not ("https://in-toto.io/Statement/v1" or "https://in-toto.io/Statement/v0.1")) return null;
            if (statement.RootElement.GetProperty("predicateType").GetString() != Predicate) return null;
            List<Digest> subjects = [.. statement.RootElement.GetProperty("subject").EnumerateArray().Take(SubjectLimit).SelectMany(Digests)];
            return new(subjects, Encode(payload), signatures, NameIn(root));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether it is about a manifest, and signed by one of the keys of a file.</summary>
    public bool IsSignedBy(TrustedKeys keys, Digest subject) => subjects.Contains(subject) && signatures.Exists(signature => keys.HaveSigned(signed, signature));

    private static IEnumerable<Digest> Digests(JsonElement subject)
    {
        foreach (JsonProperty digest in subject.GetProperty("digest").EnumerateObject())
            if (Digest.TryParse($"{digest.Name}:{digest.Value.GetString()}", out Digest parsed)) yield return parsed;
    }

    /// <summary>What is signed of a payload. DSSE "Pre-Authentication Encoding".</summary>
    private static byte[] Encode(byte[] payload) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {PayloadType.Length} {PayloadType} {payload.Length} ")), .. payload];

    private static string? NameIn(JsonElement root)
    {
        if (!root.TryGetProperty("verificationMaterial", out JsonElement material) || !material.TryGetProperty("certificate", out JsonElement certificate) || !certificate.TryGetProperty("rawBytes", out JsonElement bytes)
            || !bytes.TryGetBytesFromBase64(out byte[]? raw)) return null;
        return SignatureReader.NameIn(() => X509CertificateLoader.LoadCertificate(raw));
    }
}
