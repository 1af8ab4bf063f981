using System.Text;
using Keelson.Distribution;
using Keelson.DockerApi.Http;

namespace Keelson.DockerApi.Images;

/// <summary>Credentials that a client sends along.</summary>
internal static class RegistryAuth
{
    /// <summary>Longest header, in characters.</summary>
    private const int LimitCharacters = 16 << 10;

    /// <summary>Header <c>X-Registry-Auth</c>: JSON in base64, in the alphabet of URLs or the usual one, padded or not.</summary>
    /// <returns><see langword="null"/> when there is none, or it says nothing.</returns>
    /// <exception cref="ApiException">400: it is malformed.</exception>
    public static RegistryCredential? Of(Call call)
    {
        string header = call.Http.Request.Headers["X-Registry-Auth"].ToString();
        if (header.Length == 0) return null;
        RegistryCredential credential = Credential(Call.Parse(Unpack("X-Registry-Auth", header).Span, Docker.DockerJson.Default.AuthConfig));
        return credential == new RegistryCredential() ? null : credential;
    }

    /// <summary>Header <c>X-Registry-Config</c>: credentials by the address of their registry.</summary>
    /// <exception cref="ApiException">400: it is malformed.</exception>
    public static Func<string, RegistryCredential?> OfAll(Call call)
    {
        string header = call.Http.Request.Headers["X-Registry-Config"].ToString();
        if (header.Length == 0) return static _ => null;
        ReadOnlyMemory<byte> json = Unpack("X-Registry-Config", header);
        if (json.Span.SequenceEqual("null"u8)) return static _ => null;
        Dictionary<string, Docker.AuthConfig> all = Call.Parse(json.Span, Docker.DockerJson.Default.DictionaryStringAuthConfig);
        Dictionary<string, RegistryCredential> credentials = [];
        foreach ((string address, Docker.AuthConfig auth) in all)
            if (auth is not null && Credential(auth) is var credential && credential != new RegistryCredential()) credentials[Host(address)] = credential;
        return registry => credentials.GetValueOrDefault(registry);
    }

    private static ReadOnlyMemory<byte> Unpack(string name, string header)
    {
        if (header.Length > LimitCharacters) throw ApiException.BadRequest($"{name} is longer than {LimitCharacters} characters");
        string base64 = header.TrimEnd('=').Replace('-', '+').Replace('_', '/');
        byte[] json = new byte[base64.Length];
        return Convert.TryFromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='), json, out int length) ? json.AsMemory(0, length) : throw ApiException.BadRequest($"{name} is no base64");
    }

    /// <summary>A credential as the registry client takes it.</summary>
    public static RegistryCredential Credential(Docker.AuthConfig auth)
    {
        (string username, string password) = (auth.Username ?? "", auth.Password ?? "");
        if (username.Length == 0 && auth.Auth is { Length: > 0 } packed)
        {
            byte[] bytes = new byte[packed.Length];
            string text = Convert.TryFromBase64String(packed, bytes, out int length) ? Encoding.UTF8.GetString(bytes, 0, length) : "";
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) (username, password) = (text[..colon], text[(colon + 1)..]);
        }
        return new() { Username = username, Password = password, IdentityToken = auth.IdentityToken, RegistryToken = auth.RegistryToken };
    }

    /// <summary>The registry that an address is about: host, or host and port.</summary>
    public static string Host(string? address)
    {
        string host = address ?? "";
        int scheme = host.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0) host = host[(scheme + 3)..];
        host = host.Split('/')[0];
        return host is "" or "index.docker.io" or "registry-1.docker.io" ? "docker.io" : host;
    }
}
