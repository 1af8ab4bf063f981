using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Keelson.Registry.Auth;

/// <summary>Makes the tokens of a token server, and takes its refresh tokens back.</summary>
/// <remarks>
/// A refresh token is signed by the same key, but is another kind (<c>typ</c>) for another audience, so that no registry takes it for an access token, and no token server an access token
/// for it. Its subject has a keyed hash of the user's password hash with it: with another password, or without the user, it is worth nothing.
/// </remarks>
internal sealed class TokenMaker
{
    private const string RefreshType = "rt+jwt", RefreshAudience = "keelson-refresh/";
    private readonly TokenServerOptions options;
    private readonly byte[] accessHeader, refreshHeader;
    private readonly Dictionary<string, TokenVerifier> verifiers;

    public TokenMaker(TokenServerOptions options)
    {
        this.options = options;
        accessHeader = Header("JWT", options.Certificate?.RawData);
        refreshHeader = Header(RefreshType, null);
        TokenTrust own = TokenTrust.Of(options.Key.Id, options.Key.Public);
        verifiers = options.Services.Distinct().ToDictionary(service => service,
            service => new TokenVerifier([options.Issuer], RefreshAudience + service, () => own, options.Time, [RefreshType]), StringComparer.Ordinal);
    }

    /// <summary>Makes an access token of what somebody may of what is asked for.</summary>
    /// <returns>The token, and what it grants as a scope.</returns>
    public (string Token, string Scope) Make(RegistryIdentity who, string service, IReadOnlyList<TokenScope> scopes, DateTimeOffset now)
    {
        AccessRules rules = options.Rules();
        List<string> granted = [];
        byte[] claims = Claims(who.Name, service, now, options.Lifetime, json =>
        {
            json.WriteStartArray("access");
            foreach (TokenScope scope in scopes)
            {
                List<string> actions = scope.Grant(rules, who);
                if (actions.Count == 0) continue;
                granted.Add(scope.Text(actions));
                json.WriteStartObject();
                json.WriteString("type", scope.Type);
                if (scope.Class.Length > 0) json.WriteString("class", scope.Class);
                json.WriteString("name", scope.Name);
                json.WriteStartArray("actions");
                foreach (string action in actions) json.WriteStringValue(action);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        return (options.Key.Sign(accessHeader, claims), string.Join(' ', granted));
    }

    /// <summary>Makes a refresh token.</summary>
    public string? MakeRefresh(RegistryIdentity who, string service, DateTimeOffset now) => who.Name.Length > RegistryIdentity.MaxName - StampChars || Stamp(who.Name) is not { } stamp ? null
        : options.Key.Sign(refreshHeader, Claims(stamp + who.Name, RefreshAudience + service, now, options.RefreshLifetime, _ => { }));

    /// <summary>Who a refresh token is of; <see langword="null"/> when it is not valid, or not any more.</summary>
    public RegistryIdentity? Redeem(string token, string service)
    {
        if (verifiers[service].Verify(token, out _) is not { } grant || grant.Subject.Length <= StampChars) return null;
        string name = grant.Subject[StampChars..];
        return Stamp(name) is { } stamp && CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(stamp.AsSpan()), MemoryMarshal.AsBytes(grant.Subject.AsSpan(0, StampChars)))
            ? new(name, []) : null;
    }

    /// <summary>Characters of a stamp: 128 bits in base64url, and a colon.</summary>
    private const int StampChars = 23;

    private string? Stamp(string user)
    {
        if (options.Users.Stamp(user, options.Key.Secret) is not { } whole) return null;
        Span<byte> bytes = stackalloc byte[32];
        MemoryMarshal.Write(bytes, whole);
        return Base64Url.EncodeToString(bytes[..16]) + ":";
    }

    private byte[] Header(string type, byte[]? certificate) => Write(json =>
    {
        json.WriteString("typ", type);
        json.WriteString("alg", "ES256");
        json.WriteString("kid", options.Key.Id);
        if (certificate is null) return;
        json.WriteStartArray("x5c");
        json.WriteBase64StringValue(certificate);
        json.WriteEndArray();
    });

    private byte[] Claims(string subject, string audience, DateTimeOffset now, TimeSpan lifetime, Action<Utf8JsonWriter> more) => Write(json =>
    {
        json.WriteString("iss", options.Issuer);
        json.WriteString("sub", subject);
        json.WriteString("aud", audience);
        json.WriteNumber("exp", (now + lifetime).ToUnixTimeSeconds());
        json.WriteNumber("nbf", now.ToUnixTimeSeconds());
        json.WriteNumber("iat", now.ToUnixTimeSeconds());
        json.WriteString("jti", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        more(json);
    });

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }
}
