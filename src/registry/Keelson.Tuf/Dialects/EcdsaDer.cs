namespace Keelson.Tuf;

/// <summary>The two forms of an ECDSA signature.</summary>
internal static class EcdsaDer
{
    /// <summary>SEQUENCE of two INTEGER from r and s of equal width, at most 66 bytes each.</summary>
    public static byte[] FromFixed(ReadOnlySpan<byte> signature)
    {
        byte[] r = Integer(signature[..(signature.Length / 2)]), s = Integer(signature[(signature.Length / 2)..]);
        return [0x30, (byte)(r.Length + s.Length), .. r, .. s];
    }

    private static byte[] Integer(ReadOnlySpan<byte> number)
    {
        number = number.TrimStart((byte)0);
        return number.IsEmpty ? [2, 1, 0] : number[0] < 0x80 ? [2, (byte)number.Length, .. number] : [2, (byte)(number.Length + 1), 0, .. number];
    }
}
