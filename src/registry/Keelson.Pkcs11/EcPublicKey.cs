namespace Keelson.Pkcs11;

/// <summary>The public half of a key as attributes have it. PKCS #11 v2.40 mechanisms section 2.3.3; v3.0 section 2.3.5 for Edwards curves.</summary>
/// <param name="Curve">Its curve.</param>
/// <param name="Point">P-256: 4, x and y, 65 bytes. Ed25519: the 32 bytes of RFC 8032.</param>
public sealed record EcPublicKey(EcCurve Curve, ReadOnlyMemory<byte> Point)
{
    /// <summary>Names of P-256 and Ed25519 in DER: object identifiers 1.2.840.10045.3.1.7 and 1.3.101.112, which tokens take for their parameters.</summary>
    internal static ReadOnlySpan<byte> P256Parameters => [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

    internal static ReadOnlySpan<byte> Ed25519Parameters => [0x06, 0x03, 0x2B, 0x65, 0x70];

    /// <summary>Two other names of Ed25519: PrintableString "edwards25519", and the object identifier 1.3.6.1.4.1.11591.15.1.</summary>
    internal static ReadOnlySpan<byte> Ed25519Name => "\u0013\u000Cedwards25519"u8;

    private static ReadOnlySpan<byte> Ed25519OldName => [0x06, 0x09, 0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01];

    /// <summary>What stands before the point of a P-256 key in SubjectPublicKeyInfo. RFC 5480 section 2.</summary>
    private static ReadOnlySpan<byte> P256Head =>
        [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00];

    /// <summary>What stands before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo. RFC 8410 section 4.</summary>
    private static ReadOnlySpan<byte> Ed25519Head => [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00];

    private const int P256PointBytes = 65, Ed25519PointBytes = 32;
    private const byte OctetString = 4, BitString = 3, Uncompressed = 4;

    /// <summary>Reads the attributes CKA_EC_PARAMS and CKA_EC_POINT.</summary>
    /// <remarks>The point is an OCTET STRING. Some tokens have it bare, and some have Ed25519's as a BIT STRING: all three are read, and their lengths tell them apart.</remarks>
    /// <returns><see langword="null"/>: the curve is another one, or the point is none.</returns>
    public static EcPublicKey? TryRead(ReadOnlySpan<byte> parameters, ReadOnlySpan<byte> point)
    {
        if (parameters.SequenceEqual(P256Parameters))
            return PointOf(point, P256PointBytes) is { Length: > 0 } found && found[0] == Uncompressed ? new(EcCurve.P256, found.ToArray()) : null;
        if (parameters.SequenceEqual(Ed25519Parameters) || parameters.SequenceEqual(Ed25519Name) || parameters.SequenceEqual(Ed25519OldName))
            return PointOf(point, Ed25519PointBytes) is { Length: > 0 } found ? new(EcCurve.Ed25519, found.ToArray()) : null;
        return null;
    }

    /// <summary>The key as SubjectPublicKeyInfo, DER. Whether a point of P-256 is on the curve is seen by who imports it.</summary>
    public byte[] ToSubjectPublicKeyInfo() => Curve == EcCurve.P256 ? [.. P256Head, .. Point.Span] : [.. Ed25519Head, .. Point.Span];

    private static ReadOnlySpan<byte> PointOf(ReadOnlySpan<byte> value, int length)
    {
        if (value.Length == length) return value;
        if (value.Length == length + 2 && value[0] == OctetString && value[1] == length) return value[2..];
        if (value.Length == length + 3 && value[0] == BitString && value[1] == length + 1 && value[2] == 0) return value[3..];
        return [];
    }
}
