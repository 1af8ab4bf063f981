using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>A name and a password as a client shows them. RFC 7617.</summary>
internal sealed class BasicCredentials
{
    /// <summary>Longest header that is read: 4 KiB. Passwords are cut at 72 bytes by bcrypt anyway.</summary>
    private const int MaxHeader = 4096;

    private const string Scheme = "Basic ";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private BasicCredentials(string user, string password) => (User, Password) = (user, password);

    public string User { get; }

    public string Password { get; }

    /// <summary>Whether the header <c>Authorization</c> shows something, to whomever. Clients without credentials send an empty name with an empty password.</summary>
    public static bool IsShown(HttpRequest request) =>
        request.Headers.Authorization.Count > 0 && !(TryFind(request, out BasicCredentials? shown) && shown is { User: "", Password: "" });

    /// <summary>Reads the header <c>Authorization</c>.</summary>
    /// <returns>Whether it is one of this scheme; <paramref name="shown"/> is <see langword="null"/> when it cannot be read.</returns>
    public static bool TryFind(HttpRequest request, out BasicCredentials? shown)
    {
        shown = null;
        // Two headers might be understood in two ways.
        if (request.Headers.Authorization is not { Count: 1 } headers || headers[0] is not { } header || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        if (header.Length <= MaxHeader) shown = Parse(header.AsSpan(Scheme.Length).Trim(' '));
        return true;
    }

    private static BasicCredentials? Parse(ReadOnlySpan<char> encoded)
    {
        byte[] bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(encoded.Length)];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out int count)) return null;
        try
        {
            string text = Strict.GetString(bytes, 0, count);
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? null : new(text[..colon], text[(colon + 1)..]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    public override string ToString() => "credentials";
}
