using System.Buffers;

namespace Keelson.Acme.Protocol;

/// <summary>Forms of texts.</summary>
internal static class AcmeText
{
    private static readonly SearchValues<char> Base64Url = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Whether a text has the characters of base64url alone. RFC 4648 section 5.</summary>
    public static bool IsBase64Url(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Base64Url);

    /// <summary>Whether a text is the full name of a host as certificates have it: small letters, digits, hyphens. RFC 5890 section 2.3.1.</summary>
    public static bool IsHost(string name) => name.Length is > 0 and <= 253 && Array.TrueForAll(name.Split('.'), label =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        // An address is no name.
        && !System.Net.IPAddress.TryParse(name, out _);
}
