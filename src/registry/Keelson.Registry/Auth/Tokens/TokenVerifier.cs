using System.Security.Cryptography;
using System.Text.Json;

namespace Keelson.Registry.Auth;

/// <summary>Verifies tokens. Distribution's specification of "jwt"; RFC 7519 section 7.2.</summary>
/// <remarks>A token that was right is remembered until it ends, by a keyed hash of all of it: a request with it costs no signature.</remarks>
internal sealed class TokenVerifier(IReadOnlyList<string> issuers, string service, Func<TokenTrust> trust, TimeProvider time, IReadOnlyList<string>? types = null)
{
    /// <summary>How far clocks of token server and registry may be apart: 60 s, as distribution.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);

    /// <summary>Tokens that are remembered. An entry with ten repositories has about a kilobyte.</summary>
    private const int CacheSize = 4096;

    /// <summary>Kinds of token that a request may show, by the header <c>typ</c>: none said, or these. A refresh token is none of them.</summary>
    private static readonly string[] AccessTypes = ["JWT", "at+jwt"];

    private readonly byte[] secret = RandomNumberGenerator.GetBytes(Fingerprint.KeyBytes);
    private readonly IReadOnlyList<string> types = types ?? AccessTypes;
    private volatile Remembered remembered = new(TokenTrust.Nobody, new(CacheSize, time));

    /// <summary>How many signatures were checked, for tests and metrics.</summary>
    public long Checks => Interlocked.Read(ref checks);

    private long checks;

    /// <summary>Verifies a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="reason">Why it is refused, without any of it.</param>
    /// <returns>What it grants; <see langword="null"/> when it is refused.</returns>
    /// <exception cref="KeelsonException">Unavailable: the keys cannot be read now.</exception>
    public TokenGrant? Verify(string token, out string reason)
    {
        TokenTrust present = trust();
        Remembered known = remembered;
        // Other keys: what was verified with the old ones counts no more.
        if (known.Trust != present) remembered = known = new(present, new(CacheSize, time));
        reason = "it is too long";
        if (token.Length > Jwt.MaxChars) return null;
        Fingerprint key = Fingerprint.Of(secret, token);
        reason = "";
        if (known.Grants.TryGet(key, out TokenGrant? grant)) return grant;
        using Jwt? jwt = Jwt.TryParse(token, out reason);
        if (jwt is null) return null;
        DateTimeOffset now = time.GetUtcNow();
        if (FindKey(jwt.Header.RootElement, present, now, out SignatureAlgorithm? algorithm, out DateTimeOffset until, out reason) is not { } signer) return null;
        Interlocked.Increment(ref checks);
        if (!signer.Verify(algorithm!, jwt.Signed, jwt.Signature))
        {
            reason = "its signature is not right";
            return null;
        }
        grant = Read(jwt.Claims.RootElement, now, out reason);
        if (grant is not null) known.Grants.Add(key, grant, Earlier(until, Later(grant.Expires)));
        return grant;
    }

    private TokenKey? FindKey(JsonElement header, TokenTrust present, DateTimeOffset now, out SignatureAlgorithm? algorithm, out DateTimeOffset until, out string reason)
    {
        (algorithm, until) = (null, DateTimeOffset.MaxValue);
        reason = "its algorithm is not taken";
        if (Jwt.Text(header, "alg") is not { } name || (algorithm = SignatureAlgorithm.Find(name)) is null) return null;
        // RFC 7515 section 4.1.11: what must be understood is not. RFC 7797: the same for b64, which comes with it.
        reason = "its header asks for extensions";
        if (header.TryGetProperty("crit", out _) || header.TryGetProperty("b64", out _)) return null;
        reason = "it is another kind of token";
        string? type = header.TryGetProperty("typ", out _) ? Jwt.Text(header, "typ") : AccessTypes[0];
        if (type is null || !types.Contains(type, StringComparer.OrdinalIgnoreCase)) return null;
        if (header.TryGetProperty("x5c", out JsonElement x5c))
        {
            reason = "its chain of certificates cannot be read";
            if (ReadChain(x5c) is not { } chain) return null;
            // Without certificates to end at, a chain says nothing; the name of the key may.
            if (present.HasRoots || !header.TryGetProperty("kid", out _)) return present.Find(chain, now, out until, out reason);
        }
        // A key that a token brings along (jwk), or says where to fetch (jku, x5u), vouches for nothing.
        reason = "it does not name its key";
        return Jwt.Text(header, "kid") is { Length: > 0 } id ? present.Find(id, now, out reason) : null;
    }

    private static List<byte[]>? ReadChain(JsonElement x5c)
    {
        if (x5c.ValueKind != JsonValueKind.Array || x5c.GetArrayLength() is 0 or > TokenTrust.MaxChain) return null;
        List<byte[]> chain = [];
        foreach (JsonElement certificate in x5c.EnumerateArray())
        {
            if (certificate.ValueKind != JsonValueKind.String || !certificate.TryGetBytesFromBase64(out byte[]? der) || der.Length > TokenTrust.MaxCertificateBytes) return null;
            chain.Add(der);
        }
        return chain;
    }

    private TokenGrant? Read(JsonElement claims, DateTimeOffset now, out string reason)
    {
        reason = "it is of another issuer";
        if (Jwt.Text(claims, "iss") is not { } issuer || !issuers.Contains(issuer, StringComparer.Ordinal)) return null;
        reason = "it is for another service";
        if (!IsFor(claims)) return null;
        reason = "its times cannot be read";
        if (!TryTime(claims, "exp", out DateTimeOffset? expires) || !TryTime(claims, "nbf", out DateTimeOffset? notBefore) || !TryTime(claims, "iat", out DateTimeOffset? issued)) return null;
        reason = "it has no end";
        if (expires is null) return null;
        reason = "it has ended";
        if (now >= Later(expires.Value)) return null;
        reason = "it is not valid yet";
        if (notBefore > Later(now) || issued > Later(now)) return null;
        reason = "what it grants cannot be read";
        string subject = "";
        if (claims.TryGetProperty("sub", out JsonElement sub) && sub.ValueKind != JsonValueKind.Null)
        {
            if (sub.ValueKind != JsonValueKind.String) return null;
            subject = sub.GetString()!;
            if (subject.Length > 0 && !RegistryIdentity.IsName(subject)) return null;
        }
        TokenGrant? grant = TokenGrant.TryRead(claims, subject, expires.Value);
        if (grant is not null) reason = "";
        return grant;
    }

    private bool IsFor(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud", out JsonElement audience)) return false;
        if (audience.ValueKind == JsonValueKind.String) return audience.ValueEquals(service);
        if (audience.ValueKind != JsonValueKind.Array) return false;
        bool isFor = false;
        foreach (JsonElement one in audience.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.String) return false;
            isFor |= one.ValueEquals(service);
        }
        return isFor;
    }

    /// <summary>Seconds since 1970, with a fraction or without. RFC 7519 section 2, NumericDate.</summary>
    private static bool TryTime(JsonElement claims, string name, out DateTimeOffset? value)
    {
        value = null;
        if (!claims.TryGetProperty(name, out JsonElement claim)) return true;
        if (claim.ValueKind != JsonValueKind.Number || !claim.TryGetDouble(out double seconds)) return false;
        // Until the year 9999; with leeway it stays a date.
        if (!(seconds is >= 0 and < 253_402_200_000)) return false;
        value = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        return true;
    }

    private static DateTimeOffset Later(DateTimeOffset moment) => moment + Leeway;

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;

    private sealed record Remembered(TokenTrust Trust, BoundedCache<Fingerprint, TokenGrant> Grants);
}
