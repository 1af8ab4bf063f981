using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Registry.Signatures;

/// <summary>A signature of notation in JSON.</summary>
/// <remarks>
/// Notary Project "JWS signature envelope": <c>{"payload","protected","header":{"x5c":[…]},"signature"}</c>, all in base64url but the certificates. Signed is <c>protected.payload</c>; the protected
/// header says <c>alg</c>, <c>cty</c>, <c>crit</c>, scheme and times; the payload is <c>{"targetArtifact":{"digest",…}}</c>. The scheme <c>notary.x509</c> alone is taken, and, there being no
/// trusted time stamps here, certificates must be valid now.
/// </remarks>
internal sealed class NotationEnvelope
{
    /// <summary>Type of the referrer.</summary>
    public const string ArtifactType = "application/vnd.cncf.notary.signature";

    /// <summary>Type of the layer.</summary>
    public const string MediaType = "application/jose+json";

    /// <summary>Longest envelope: 256 KiB; a chain of certificates has some 8.</summary>
    public const int LimitBytes = 256 << 10;

    private const int MaxChain = 10;
    private const string Scheme = "io.cncf.notary.signingScheme", Time = "io.cncf.notary.signingTime", Expiry = "io.cncf.notary.expiry";
    private static readonly string[] Understood = [Scheme, Time, Expiry];
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly byte[] signed, signature;
    private readonly string algorithm;
    private readonly List<byte[]> chain;
    private readonly DateTimeOffset? expiry;

    private NotationEnvelope(Digest subject, byte[] signed, byte[] signature, string algorithm, List<byte[]> chain, DateTimeOffset? expiry) =>
        (Subject, this.signed, this.signature, this.algorithm, this.chain, this.expiry) = (subject, signed, signature, algorithm, chain, expiry);

    /// <summary>The manifest that is signed.</summary>
    public Digest Subject { get; }

    /// <summary>Reads an envelope.</summary>
    /// <returns><see langword="null"/>: it is none, or asks for something that is not understood.</returns>
    public static NotationEnvelope? Parse(ReadOnlyMemory<byte> text)
    {
        if (text.Length > LimitBytes) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Strict);
            string payload = document.RootElement.GetProperty("payload").GetString()!, header = document.RootElement.GetProperty("protected").GetString()!;
            byte[] signature = Base64Url.DecodeFromChars(document.RootElement.GetProperty("signature").GetString());
            List<byte[]> chain = [.. document.RootElement.GetProperty("header").GetProperty("x5c").EnumerateArray().Take(MaxChain + 1).Select(certificate => Convert.FromBase64String(certificate.GetString()!))];
            if (chain.Count is 0 or > MaxChain) return null;
            using JsonDocument head = JsonDocument.Parse(Base64Url.DecodeFromChars(header), Strict), body = JsonDocument.Parse(Base64Url.DecodeFromChars(payload), Strict);
            JsonElement root = head.RootElement;
            if (root.GetProperty("cty").GetString() != "application/vnd.cncf.notary.payload.v1+json" || root.GetProperty(Scheme).GetString() != "notary.x509") return null;
            string[] critical = [.. root.GetProperty("crit").EnumerateArray().Select(name => name.GetString()!)];
            if (!critical.Contains(Scheme) || critical.Except(Understood).Any()) return null;
            DateTimeOffset? expiry = root.TryGetProperty(Expiry, out JsonElement until) ? DateTimeOffset.Parse(until.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) : null;
            if (!Digest.TryParse(body.RootElement.GetProperty("targetArtifact").GetProperty("digest").GetString(), out Digest subject)) return null;
            return new(subject, Encoding.ASCII.GetBytes(header + "." + payload), signature, root.GetProperty("alg").GetString()!, chain, expiry);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Who has signed, as the certificate says.</summary>
    public string? SignerName
    {
        get
        {
            try
            {
                using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(chain[0]);
                return leaf.Subject;
            }
            catch (CryptographicException)
            {
                return null;
            }
        }
    }

    /// <summary>Whether the signature is right, and by a certificate for signing code under one of these roots that is valid at a time.</summary>
    public bool IsTrusted(X509Certificate2Collection roots, DateTimeOffset now)
    {
        if (roots.Count == 0 || expiry <= now) return false;
        List<X509Certificate2> certificates = [];
        try
        {
            foreach (byte[] certificate in chain) certificates.Add(X509CertificateLoader.LoadCertificate(certificate));
            X509Certificate2 leaf = certificates[0];
            if (!IsSignature(leaf) || !MaySign(leaf)) return false;
            using X509Chain path = new();
            path.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            path.ChainPolicy.CustomTrustStore.AddRange(roots);
            foreach (X509Certificate2 other in certificates.Skip(1)) path.ChainPolicy.ExtraStore.Add(other);
            path.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            path.ChainPolicy.DisableCertificateDownloads = true;
            path.ChainPolicy.VerificationTime = now.UtcDateTime;
            path.ChainPolicy.VerificationTimeIgnored = false;
            return path.Build(leaf);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // No certificate, or one of a kind that nobody here knows.
            return false;
        }
        finally
        {
            certificates.ForEach(certificate => certificate.Dispose());
        }
    }

    /// <summary>The key decides over the algorithm, which must say the same. Notary Project signature specification "Signature Algorithm Requirements".</summary>
    private bool IsSignature(X509Certificate2 leaf)
    {
        using RSA? rsa = leaf.GetRSAPublicKey();
        if (rsa is not null)
        {
            (string name, HashAlgorithmName hash) = rsa.KeySize switch { 2048 => ("PS256", HashAlgorithmName.SHA256), 3072 => ("PS384", HashAlgorithmName.SHA384), 4096 => ("PS512", HashAlgorithmName.SHA512), _ => ("", default) };
            return name == algorithm && rsa.VerifyData(signed, signature, hash, RSASignaturePadding.Pss);
        }
        if (!TrustedKeys.IsNistCurve(leaf.PublicKey)) return false;
        using ECDsa? ecdsa = leaf.GetECDsaPublicKey();
        if (ecdsa is null) return false;
        (string curve, HashAlgorithmName digest) = ecdsa.KeySize switch { 256 => ("ES256", HashAlgorithmName.SHA256), 384 => ("ES384", HashAlgorithmName.SHA384), 521 => ("ES512", HashAlgorithmName.SHA512), _ => ("", default) };
        return curve == algorithm && ecdsa.VerifyData(signed, signature, digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static bool MaySign(X509Certificate2 leaf)
    {
        const string CodeSigning = "1.3.6.1.5.5.7.3.3";
        foreach (X509Extension extension in leaf.Extensions)
        {
            if (extension is X509KeyUsageExtension usage && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature)) return false;
            if (extension is X509EnhancedKeyUsageExtension purposes && !purposes.EnhancedKeyUsages.Cast<Oid>().Any(purpose => purpose.Value == CodeSigning)) return false;
            if (extension is X509BasicConstraintsExtension { CertificateAuthority: true }) return false;
        }
        return true;
    }
}
