using System.Security.Cryptography;

namespace Keelson.Tuf;

/// <summary>An ECDSA key in memory, on P-256 or P-384.</summary>
public sealed class EcdsaSigner : ITufSigner, IDisposable
{
    private readonly ECDsa key;
    private readonly Lock access = new();

    /// <summary>Takes a key.</summary>
    /// <param name="key">On P-256 or P-384; owned from here on.</param>
    /// <param name="certificatePem">The certificate that wraps it in notary's roots.</param>
    public EcdsaSigner(ECDsa key, string? certificatePem = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        this.key = key;
        CertificatePem = certificatePem;
        PublicKey = key.ExportSubjectPublicKeyInfo();
        Algorithm = key.KeySize == 384 ? TufAlgorithm.EcdsaP384 : TufAlgorithm.EcdsaP256;
    }

    /// <inheritdoc/>
    public TufAlgorithm Algorithm { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <inheritdoc/>
    public string? CertificatePem { get; }

    /// <summary>Makes a key.</summary>
    /// <param name="bits">256, the default, or 384.</param>
    public static EcdsaSigner Generate(int bits = 256) => new(ECDsa.Create(bits switch
    {
        256 => ECCurve.NamedCurves.nistP256,
        384 => ECCurve.NamedCurves.nistP384,
        _ => throw new ArgumentOutOfRangeException(nameof(bits), bits, "256 or 384"),
    }));

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data, int hash = 256)
    {
        lock (access)
            return key.SignData(data, hash == 384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();
}
