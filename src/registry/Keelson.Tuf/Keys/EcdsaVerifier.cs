using System.Security.Cryptography;

namespace Keelson.Tuf;

/// <summary>ECDSA, with signatures as DER (TUF 1.0) or as r and s alone (notary).</summary>
internal sealed class EcdsaVerifier : ITufVerifier
{
    private readonly ECDsa key;
    private readonly HashAlgorithmName hash;
    private readonly DSASignatureFormat format;
    private readonly string? method;
    private readonly Lock access = new();

    // The key is owned from here on. A signature must say the method; null: it says none.
    public EcdsaVerifier(ECDsa key, HashAlgorithmName hash, DSASignatureFormat format, string? method)
    {
        (this.key, this.hash, this.format, this.method) = (key, hash, format, method);
        Fingerprint = PublicKeys.Fingerprint(key.ExportSubjectPublicKeyInfo());
    }

    public string Fingerprint { get; }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, string? method)
    {
        int width = (key.KeySize + 7) / 8;
        bool hasForm = format == DSASignatureFormat.IeeeP1363FixedFieldConcatenation
            ? signature.Length == 2 * width
            : signature.Length is > 0 and <= 160 && signature[0] == 0x30;
        if (method != this.method || !hasForm) return false;
        try
        {
            // The key object is OpenSSL's and not promised to be safe for threads.
            lock (access) return key.VerifyData(data, signature, hash, format);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
