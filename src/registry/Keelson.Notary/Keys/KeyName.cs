using System.Security.Cryptography;
using System.Text;

namespace Keelson.Notary.Keys;

/// <summary>Names of public keys in notary's dialect.</summary>
internal static class KeyName
{
    /// <summary>SHA-256 of the canonical form of a key, hexadecimal.</summary>
    /// <param name="algorithm">Letters, digits and dashes; anything else has no name that a key could have.</param>
    /// <param name="publicKey">Its bytes.</param>
    public static string Of(string algorithm, ReadOnlySpan<byte> publicKey) =>
        // Base64 and these names have nothing that canonical JSON escapes.
        algorithm.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($$$"""{"keytype":"{{{algorithm}}}","keyval":{"private":null,"public":"{{{Convert.ToBase64String(publicKey)}}}"}}""")))
            : "";
}
