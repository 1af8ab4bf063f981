using System.Security.Cryptography;

namespace Keelson.Tuf;

/// <summary>RSA. In TUF 1.0 the key's scheme says how it signs, in notary's dialect each signature does.</summary>
internal sealed class RsaVerifier : ITufVerifier
{
    private readonly RSA key;
    private readonly HashAlgorithmName hash;
    private readonly RSASignaturePadding? padding;
    private readonly Lock access = new();

    // The key is owned from here on. Without a padding notary's method says how a signature was made.
    public RsaVerifier(RSA key, HashAlgorithmName hash, RSASignaturePadding? padding)
    {
        (this.key, this.hash, this.padding) = (key, hash, padding);
        Fingerprint = PublicKeys.Fingerprint(key.ExportSubjectPublicKeyInfo());
    }

    public string Fingerprint { get; }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, string? method)
    {
        RSASignaturePadding? used = padding is not null
            ? (method is null ? padding : null)
            : method switch { "rsapss" => RSASignaturePadding.Pss, "rsapkcs1v15" => RSASignaturePadding.Pkcs1, _ => null };
        if (used is null || signature.Length != (key.KeySize + 7) / 8) return false;
        try
        {
            lock (access) return key.VerifyData(data, signature, hash, used);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
