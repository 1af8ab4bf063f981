using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keelson.Registry.Auth;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Signatures;

/// <summary>The keys and roots of one file.</summary>
internal sealed class TrustedKeys
{
    private const int MaxFileBytes = 1 << 20, MaxKeys = 100, MinRsaBits = 2048, MaxRsaBits = 8192;

    private const string EllipticCurveOid = "1.2.840.10045.2.1";

    private readonly List<(byte[] Info, bool IsRsa)> keys = [];

    private TrustedKeys(string name) => Name = name;

    /// <summary>What it is called: its file without the folders.</summary>
    public string Name { get; }

    /// <summary>Certificates that are trusted as roots.</summary>
    public X509Certificate2Collection Roots { get; } = [];

    /// <summary>A file, read again when it changes.</summary>
    /// <exception cref="KeelsonException">It cannot be read, or holds something else.</exception>
    public static WatchedFile<TrustedKeys> Watch(string path, ILogger? log) => new("signature keys", path, MaxFileBytes, contents => Parse(Path.GetFileName(path), contents.Span), log);

    /// <summary>Reads PEM.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: there is no key in it, or one that cannot be used.</exception>
    public static TrustedKeys Parse(string name, ReadOnlySpan<byte> file)
    {
        TrustedKeys found = new(name);
        ReadOnlySpan<char> rest = Encoding.UTF8.GetString(file);
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            ReadOnlySpan<char> label = rest[fields.Label];
            byte[] data = Convert.FromBase64String(rest[fields.Base64Data].ToString());
            if (found.keys.Count + found.Roots.Count == MaxKeys) throw Wrong($"more than {MaxKeys} keys");
            try
            {
                if (label is "PUBLIC KEY") found.keys.Add((data, IsRsa(data)));
                else if (label is "CERTIFICATE") found.Roots.Add(X509CertificateLoader.LoadCertificate(data));
                else throw Wrong($"'{label}' is neither a public key nor a certificate");
            }
            catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
            {
                throw new KeelsonException(ErrorKind.InvalidArgument, $"key {found.keys.Count + found.Roots.Count + 1}: it is damaged, or of a kind that cannot be used; there are ECDSA and RSA", e);
            }
            rest = rest[fields.Location.End..];
        }
        return found.keys.Count + found.Roots.Count > 0 ? found : throw Wrong("there is no key in PEM");
    }

    /// <summary>Whether one of the keys has signed something, with SHA-256 as cosign does: ECDSA in DER, or RSA with PKCS #1 v1.5.</summary>
    /// <remarks>What a key is decides how it is used, and nothing that comes with the signature.</remarks>
    public bool HaveSigned(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        foreach ((byte[] info, bool isRsa) in keys)
        {
            if (isRsa)
            {
                using RSA rsa = RSA.Create();
                rsa.ImportSubjectPublicKeyInfo(info, out _);
                if (rsa.VerifyData(content, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)) return true;
            }
            else
            {
                using ECDsa ecdsa = ECDsa.Create();
                ecdsa.ImportSubjectPublicKeyInfo(info, out _);
                if (ecdsa.VerifyData(content, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)) return true;
            }
        }
        return false;
    }

    private static bool IsRsa(byte[] info)
    {
        PublicKey key = PublicKey.CreateFromSubjectPublicKeyInfo(info, out int read);
        if (read != info.Length) throw Wrong("there is something behind a key");
        using RSA? rsa = key.GetRSAPublicKey();
        if (rsa is not null) return rsa.KeySize is >= MinRsaBits and <= MaxRsaBits ? true : throw Wrong($"an RSA key has {rsa.KeySize} bits, and {MinRsaBits} to {MaxRsaBits} are taken");
        if (key.Oid.Value != EllipticCurveOid) throw Wrong("a key is neither ECDSA nor RSA");
        if (!IsNistCurve(key)) throw Wrong("the curve of an ECDSA key is none of P-256, P-384 and P-521");
        using ECDsa? ecdsa = key.GetECDsaPublicKey();
        return ecdsa is not null ? false : throw Wrong("an ECDSA key is damaged");
    }

    /// <summary>Whether a key is on P-256, P-384 or P-521: others are as long and not as well known, and some the platform cannot even read. RFC 5480 section 2.1.1.1.</summary>
    public static bool IsNistCurve(PublicKey key)
    {
        ReadOnlySpan<byte> curve = key.EncodedParameters?.RawData ?? [];
        return curve.SequenceEqual((ReadOnlySpan<byte>)[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]) || curve.SequenceEqual((ReadOnlySpan<byte>)[6, 5, 0x2B, 0x81, 4, 0, 0x22])
            || curve.SequenceEqual((ReadOnlySpan<byte>)[6, 5, 0x2B, 0x81, 4, 0, 0x23]);
    }

    private static KeelsonException Wrong(string reason) => new(ErrorKind.InvalidArgument, reason);
}
