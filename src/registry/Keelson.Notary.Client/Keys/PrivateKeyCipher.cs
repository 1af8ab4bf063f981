using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace Keelson.Notary.Client;

/// <summary>Private keys under a passphrase: PBES2 of RFC 8018, as notary writes it, and the older PEM encryption of OpenSSL.</summary>
internal static class PrivateKeyCipher
{
    /// <summary>Rounds of the derivation: 2048, as notary. It reads any number, but it is known to write no other.</summary>
    private const int Iterations = 2048;
    private const int MaximumIterations = 10_000_000, SaltBytes = 8, BlockBytes = 16, KeyBytes = 32;
    private const string Pbes2 = "1.2.840.113549.1.5.13", Pbkdf2 = "1.2.840.113549.1.5.12", Aes256 = "2.16.840.1.101.3.4.1.42", Aes192 = "2.16.840.1.101.3.4.1.22",
        Aes128 = "2.16.840.1.101.3.4.1.2", HmacSha1 = "1.2.840.113549.2.7", HmacSha256 = "1.2.840.113549.2.9", HmacSha512 = "1.2.840.113549.2.11";

    /// <summary>EncryptedPrivateKeyInfo of RFC 5958.</summary>
    public static byte[] Encrypt(ReadOnlySpan<byte> key, string passphrase)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes), iv = RandomNumberGenerator.GetBytes(BlockBytes);
        using Aes aes = Aes.Create();
        aes.Key = Derive(passphrase, salt, Iterations, HashAlgorithmName.SHA1, KeyBytes);
        byte[] encrypted = aes.EncryptCbc(key, iv);
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Pbes2);
                using (writer.PushSequence())
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier(Pbkdf2);
                        using (writer.PushSequence())
                        {
                            writer.WriteOctetString(salt);
                            writer.WriteInteger(Iterations);
                        }
                    }
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier(Aes256);
                        writer.WriteOctetString(iv);
                    }
                }
            }
            writer.WriteOctetString(encrypted);
        }
        return writer.Encode();
    }

    /// <summary>The PrivateKeyInfo inside, or null when the passphrase is wrong.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: encrypted in another way.</exception>
    public static byte[]? Decrypt(byte[] encrypted, string passphrase)
    {
        try
        {
            AsnReader info = new AsnReader(encrypted, AsnEncodingRules.BER).ReadSequence();
            AsnReader algorithm = info.ReadSequence();
            if (algorithm.ReadObjectIdentifier() != Pbes2) throw Unknown();
            AsnReader parameters = algorithm.ReadSequence(), derivation = parameters.ReadSequence(), cipher = parameters.ReadSequence();
            if (derivation.ReadObjectIdentifier() != Pbkdf2) throw Unknown();
            AsnReader pbkdf2 = derivation.ReadSequence();
            byte[] salt = pbkdf2.ReadOctetString();
            if (!pbkdf2.TryReadInt32(out int iterations) || iterations is < 1 or > MaximumIterations) throw Unknown();
            if (pbkdf2.HasData && pbkdf2.PeekTag() == Asn1Tag.Integer) pbkdf2.ReadInteger();
            HashAlgorithmName hash = !pbkdf2.HasData ? HashAlgorithmName.SHA1 : pbkdf2.ReadSequence().ReadObjectIdentifier() switch
            {
                HmacSha1 => HashAlgorithmName.SHA1,
                HmacSha256 => HashAlgorithmName.SHA256,
                HmacSha512 => HashAlgorithmName.SHA512,
                _ => throw Unknown(),
            };
            int keyBytes = cipher.ReadObjectIdentifier() switch { Aes256 => KeyBytes, Aes192 => 24, Aes128 => 16, _ => throw Unknown() };
            byte[] iv = cipher.ReadOctetString();
            if (iv.Length != BlockBytes) throw Unknown();
            using Aes aes = Aes.Create();
            aes.Key = Derive(passphrase, salt, iterations, hash, keyBytes);
            return aes.DecryptCbc(info.ReadOctetString(), iv);
        }
        catch (AsnContentException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read key: not an encrypted key", e);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Decrypts what the header <c>DEK-Info</c> says, or null when the passphrase is wrong. RFC 1421, OpenSSL's EVP_BytesToKey.</summary>
    public static byte[]? DecryptLegacy(byte[] encrypted, string information, string passphrase)
    {
        string[] parts = information.Split(',');
        if (parts.Length != 2) throw Unknown();
        byte[] iv = Convert.FromHexString(parts[1].Trim());
        int keyBytes = parts[0].Trim() switch { "AES-256-CBC" => 32, "AES-192-CBC" or "DES-EDE3-CBC" => 24, "AES-128-CBC" => 16, _ => throw Unknown() };
        if (iv.Length < SaltBytes) throw Unknown();
#pragma warning disable CA5350, CA5351 // Files that exist are encrypted so; nothing is written so.
        using SymmetricAlgorithm cipher = parts[0].StartsWith("DES", StringComparison.Ordinal) ? TripleDES.Create() : Aes.Create();
        List<byte> derived = [];
        byte[] last = [];
        while (derived.Count < keyBytes) derived.AddRange(last = MD5.HashData([.. last, .. Encoding.UTF8.GetBytes(passphrase), .. iv.AsSpan(0, SaltBytes)]));
#pragma warning restore CA5350, CA5351
        try
        {
            cipher.Key = [.. derived.Take(keyBytes)];
            return cipher.DecryptCbc(encrypted, iv);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

#pragma warning disable CA5379 // Notary reads no other hash.
    private static byte[] Derive(string passphrase, byte[] salt, int iterations, HashAlgorithmName hash, int bytes) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase), salt, iterations, hash, bytes);
#pragma warning restore CA5379

    private static KeelsonException Unknown() => new(ErrorKind.InvalidArgument, "read key: encrypted in a way that is not known here");
}
