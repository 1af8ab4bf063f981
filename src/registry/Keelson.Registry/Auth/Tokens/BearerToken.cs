using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Finds the token of a request. RFC 6750 section 2.1; never in the address, which gets into logs.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>Looks for a token.</summary>
    /// <returns>Whether the request shows one.</returns>
    public static bool TryFind(HttpRequest request, out string token)
    {
        token = "";
        if (request.Headers.Authorization is not { Count: 1 } headers || headers[0] is not { } header || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        token = header[Scheme.Length..].Trim(' ');
        return true;
    }
}
