using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Keelson.Tuf;

/// <summary>Ed25519 by RFC 8032 section 5.1.7. .NET has none of its own; all use of the other library is in this file and the signer's.</summary>
internal sealed class Ed25519Verifier : ITufVerifier
{
    private readonly Ed25519.PublicPoint point;
    private readonly string? method;

    /// <param name="key">32 bytes.</param>
    /// <param name="method">What a signature must say; null: nothing.</param>
    /// <exception cref="TufException">The key is no point, not in its one encoding, or outside of the subgroup of prime order.</exception>
    public Ed25519Verifier(ReadOnlySpan<byte> key, string? method)
    {
        this.method = method;
        if (key.Length != Ed25519.PublicKeySize) throw PublicKeys.Bad("Ed25519", $"{key.Length} bytes and not 32");
        point = Ed25519.ValidatePublicKeyFullExport(key.ToArray(), 0) ?? throw PublicKeys.Bad("Ed25519", "not a point of prime order");
        Fingerprint = PublicKeys.Fingerprint(key);
    }

    public string Fingerprint { get; }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, string? method)
    {
        if (method != this.method || signature.Length != Ed25519.SignatureSize) return false;
        byte[] message = data.ToArray();
        return Ed25519.Verify(signature.ToArray(), 0, point, message, 0, message.Length);
    }
}
