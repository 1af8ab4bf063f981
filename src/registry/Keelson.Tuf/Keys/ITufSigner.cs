namespace Keelson.Tuf;

/// <summary>Something that holds a private key: in memory here, behind a token or a service elsewhere.</summary>
public interface ITufSigner
{
    /// <summary>How it signs.</summary>
    TufAlgorithm Algorithm { get; }

    /// <summary>The public key: SubjectPublicKeyInfo (DER) of ECDSA and RSA keys, the 32 bytes of an Ed25519 key.</summary>
    ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>PEM of the certificate that wraps the key in notary's roots, the leaf first; null without one.</summary>
    string? CertificatePem => null;

    /// <summary>Signs.</summary>
    /// <param name="data">The canonical bytes.</param>
    /// <param name="hash">The bits of SHA-2 to use; 256 but for P-384 in TUF 1.0.</param>
    /// <returns>ECDSA: r and s, each as wide as the curve. Others: the signature as the algorithm defines it.</returns>
    byte[] Sign(ReadOnlySpan<byte> data, int hash = 256);
}
