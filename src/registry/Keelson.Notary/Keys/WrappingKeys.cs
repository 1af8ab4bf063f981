using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Keelson.Notary.Keys;

/// <summary>Keys that passphrases become, which wrap others. To make one takes milliseconds on purpose, so each is made once.</summary>
/// <remarks>
/// RFC 7518 section 4.8.1.1. All keys that a process wraps with a passphrase share a salt, and with it the key that wraps: what it wraps are keys of chance, which no two have in common. A salt that others
/// chose is one more key here. They are in memory as long as the passphrase itself is.
/// </remarks>
internal sealed class WrappingKeys
{
    private const int KeyBytes = 16, SaltBytes = 16;

    /// <summary>Most keys that are kept: notary-signer has a salt for each key it wraps.</summary>
    private const int Limit = 4096;

    private readonly ConcurrentDictionary<(string Passphrase, string Salt, int Rounds), byte[]> keys = new();
    private readonly byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);

    /// <summary>The salt of new keys.</summary>
    public ReadOnlySpan<byte> Salt => salt;

    /// <summary>The key of a passphrase.</summary>
    public byte[] Derive(string passphrase, ReadOnlySpan<byte> salt, int rounds)
    {
        (string, string, int) name = (passphrase, Convert.ToHexString(salt), rounds);
        if (keys.TryGetValue(name, out byte[]? key)) return key;
        byte[] whole = [.. Encoding.ASCII.GetBytes(WrappedKey.WrapAlgorithm), 0, .. salt];
        key = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase), whole, rounds, HashAlgorithmName.SHA256, KeyBytes);
        if (keys.Count >= Limit) keys.Clear();
        return keys[name] = key;
    }
}
