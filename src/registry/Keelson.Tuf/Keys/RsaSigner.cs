using System.Security.Cryptography;

namespace Keelson.Tuf;

/// <summary>An RSA key in memory.</summary>
public sealed class RsaSigner : ITufSigner, IDisposable
{
    private readonly RSA key;
    private readonly Lock access = new();

    /// <summary>Takes a key.</summary>
    /// <param name="key">Of 2048 bits or more; owned from here on.</param>
    /// <param name="algorithm">How it signs: <see cref="TufAlgorithm.RsaPss"/> or <see cref="TufAlgorithm.RsaPkcs1"/>.</param>
    /// <param name="certificatePem">The certificate that wraps it in notary's roots.</param>
    /// <exception cref="TufException"><see cref="TufFault.BadKey"/>: it is shorter.</exception>
    public RsaSigner(RSA key, TufAlgorithm algorithm = TufAlgorithm.RsaPss, string? certificatePem = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.KeySize < PublicKeys.MinimumRsaBits) throw PublicKeys.Bad("RSA", $"{key.KeySize} bits");
        (this.key, Algorithm, CertificatePem, PublicKey) = (key, algorithm, certificatePem, key.ExportSubjectPublicKeyInfo());
    }

    /// <inheritdoc/>
    public TufAlgorithm Algorithm { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <inheritdoc/>
    public string? CertificatePem { get; }

    /// <summary>Makes a key.</summary>
    /// <param name="bits">2048, the default, or more.</param>
    /// <param name="algorithm">How it signs.</param>
    public static RsaSigner Generate(int bits = 2048, TufAlgorithm algorithm = TufAlgorithm.RsaPss) => new(RSA.Create(bits), algorithm);

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data, int hash = 256)
    {
        RSASignaturePadding padding = Algorithm == TufAlgorithm.RsaPkcs1 ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss;
        lock (access) return key.SignData(data, HashAlgorithmName.SHA256, padding);
    }

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();
}
