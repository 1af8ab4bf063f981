using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Keelson.Notary.Keys;

/// <summary>Wraps bytes with a passphrase: JWE in compact form with PBES2-HS256+A128KW and A256GCM, as notary-signer does.</summary>
/// <remarks>
/// RFC 7516 section 7.1, RFC 7518 sections 4.8 and 5.3, RFC 3394.
/// <code>
/// header . content key, wrapped . nonce . ciphertext . tag     each in base64url
/// header   {"alg", "enc", "p2c": rounds, "p2s": salt}, which the tag covers as it is written
/// key that wraps = PBKDF2-HMAC-SHA256(passphrase, alg 0 salt, rounds): WrappingKeys
/// </code>
/// </remarks>
internal static class KeyWrap
{
    private const int ContentBytes = 32, NonceBytes = 12, TagBytes = 16, Block = 8;

    /// <summary>Longest text that is looked at: an RSA key of 8192 bits takes 7 kB.</summary>
    private const int TextLimit = 64 << 10;

    /// <summary>Most rounds that a header may ask for: they take a second.</summary>
    private const int RoundLimit = 4_000_000;

    public static string Wrap(ReadOnlySpan<byte> secret, string passphrase, int rounds, WrappingKeys keys)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(NonceBytes), content = RandomNumberGenerator.GetBytes(ContentBytes);
        string header = Text(Encoding.ASCII.GetBytes($$"""{"alg":"{{WrappedKey.WrapAlgorithm}}","enc":"{{WrappedKey.EncryptionAlgorithm}}","p2c":{{rounds}},"p2s":"{{Text(keys.Salt)}}"}"""));
        byte[] cipher = new byte[secret.Length], tag = new byte[TagBytes];
        using (AesGcm gcm = new(content, TagBytes)) gcm.Encrypt(nonce, secret, cipher, tag, Encoding.ASCII.GetBytes(header));
        byte[] wrapped = WrapKey(keys.Derive(passphrase, keys.Salt, rounds), content);
        CryptographicOperations.ZeroMemory(content);
        return $"{header}.{Text(wrapped)}.{Text(nonce)}.{Text(cipher)}.{Text(tag)}";
    }

    /// <summary>The bytes; <see langword="null"/> when the text is of another kind, damaged, or wrapped with another passphrase.</summary>
    public static byte[]? Unwrap(string text, string passphrase, WrappingKeys keys)
    {
        string[] parts = text.Length <= TextLimit ? text.Split('.') : [];
        if (parts.Length != 5) return null;
        byte[]? content = null;
        try
        {
            byte[] nonce = Base64Url.DecodeFromChars(parts[2]), cipher = Base64Url.DecodeFromChars(parts[3]), tag = Base64Url.DecodeFromChars(parts[4]);
            if (ReadHeader(parts[0]) is not var (salt, rounds) || nonce.Length != NonceBytes || tag.Length != TagBytes) return null;
            content = UnwrapKey(keys.Derive(passphrase, salt, rounds), Base64Url.DecodeFromChars(parts[1]));
            if (content is null) return null;
            byte[] secret = new byte[cipher.Length];
            using AesGcm gcm = new(content, TagBytes);
            gcm.Decrypt(nonce, cipher, tag, secret, Encoding.ASCII.GetBytes(parts[0]));
            return secret;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static (byte[] Salt, int Rounds)? ReadHeader(string part)
    {
        using JsonDocument document = JsonDocument.Parse(Base64Url.DecodeFromChars(part));
        JsonElement header = document.RootElement;
        if (header.ValueKind != JsonValueKind.Object) return null;
        string? Member(string name) => header.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        // What is compressed, or critical and not known, is nothing that notary-signer writes.
        if (Member("alg") != WrappedKey.WrapAlgorithm || Member("enc") != WrappedKey.EncryptionAlgorithm || header.TryGetProperty("zip", out _) || header.TryGetProperty("crit", out _)) return null;
        if (Member("p2s") is not { } salt || !header.TryGetProperty("p2c", out JsonElement count) || count.ValueKind != JsonValueKind.Number || !count.TryGetInt32(out int rounds) || rounds is < 1 or > RoundLimit) return null;
        return (Base64Url.DecodeFromChars(salt), rounds);
    }

    /// <summary>RFC 3394 section 2.2.1.</summary>
    private static byte[] WrapKey(byte[] wrapping, ReadOnlySpan<byte> key)
    {
        using Aes aes = Aes.Create();
        aes.Key = wrapping;
        byte[] result = [.. Initial, .. key];
        Span<byte> block = stackalloc byte[2 * Block];
        int count = key.Length / Block;
        for (ulong step = 1; step <= 6 * (ulong)count; step++)
        {
            Span<byte> part = result.AsSpan((int)((step - 1) % (ulong)count + 1) * Block, Block);
            result.AsSpan(0, Block).CopyTo(block);
            part.CopyTo(block[Block..]);
            aes.EncryptEcb(block, block, PaddingMode.None);
            BinaryPrimitives.WriteUInt64BigEndian(result, BinaryPrimitives.ReadUInt64BigEndian(block) ^ step);
            block[Block..].CopyTo(part);
        }
        return result;
    }

    /// <summary>RFC 3394 section 2.2.2; <see langword="null"/> when it was wrapped with another key.</summary>
    private static byte[]? UnwrapKey(byte[] wrapping, byte[] wrapped)
    {
        if (wrapped.Length != ContentBytes + Block) return null;
        using Aes aes = Aes.Create();
        aes.Key = wrapping;
        byte[] result = [.. wrapped];
        Span<byte> block = stackalloc byte[2 * Block];
        int count = result.Length / Block - 1;
        for (ulong step = 6 * (ulong)count; step >= 1; step--)
        {
            Span<byte> part = result.AsSpan((int)((step - 1) % (ulong)count + 1) * Block, Block);
            BinaryPrimitives.WriteUInt64BigEndian(block, BinaryPrimitives.ReadUInt64BigEndian(result) ^ step);
            part.CopyTo(block[Block..]);
            aes.DecryptEcb(block, block, PaddingMode.None);
            block[..Block].CopyTo(result);
            block[Block..].CopyTo(part);
        }
        return CryptographicOperations.FixedTimeEquals(result.AsSpan(0, Block), Initial) ? result[Block..] : null;
    }

    private static ReadOnlySpan<byte> Initial => [0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6];

    private static string Text(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}
