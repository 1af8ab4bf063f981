namespace Keelson.Pkcs11;

/// <summary>A curve that keys of a token are on.</summary>
public enum EcCurve
{
    /// <summary>NIST P-256, for ECDSA.</summary>
    P256,
    /// <summary>Ed25519, RFC 8032.</summary>
    Ed25519,
}
