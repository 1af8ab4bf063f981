namespace Keelson.Tuf;

/// <summary>How a key signs.</summary>
public enum TufAlgorithm
{
    /// <summary>ECDSA on P-256 with SHA-256.</summary>
    EcdsaP256,
    /// <summary>ECDSA on P-384: with SHA-384 in TUF 1.0, with SHA-256 in notary's dialect.</summary>
    EcdsaP384,
    /// <summary>Ed25519, RFC 8032.</summary>
    Ed25519,
    /// <summary>RSA of 2048 bits or more, PSS with SHA-256 and a salt of 32 bytes.</summary>
    RsaPss,
    /// <summary>RSA of 2048 bits or more, PKCS #1 v1.5 with SHA-256.</summary>
    RsaPkcs1,
}
