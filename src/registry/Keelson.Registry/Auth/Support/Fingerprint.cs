using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Keelson.Registry.Auth;

/// <summary>A keyed hash (HMAC-SHA-256) by which something secret is remembered without being kept.</summary>
internal readonly record struct Fingerprint(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Takes the fingerprint of some texts; where one ends and the next begins counts.</summary>
    public static Fingerprint Of(ReadOnlySpan<byte> key, params ReadOnlySpan<string> texts)
    {
        int length = 0;
        foreach (string text in texts) length += sizeof(int) + Encoding.UTF8.GetMaxByteCount(text.Length);
        byte[]? rented = length > 4096 ? new byte[length] : null;
        Span<byte> bytes = rented ?? stackalloc byte[length];
        int at = 0;
        foreach (string text in texts)
        {
            int count = Encoding.UTF8.GetBytes(text, bytes[(at + sizeof(int))..]);
            MemoryMarshal.Write(bytes[at..], count);
            at += sizeof(int) + count;
        }
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(key, bytes[..at], hash);
        CryptographicOperations.ZeroMemory(bytes);
        return MemoryMarshal.Read<Fingerprint>(hash);
    }

    /// <inheritdoc/>
    public override string ToString() => "fingerprint";
}
