using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Auth;

/// <summary>Which tokens a registry takes; the names are those of distribution's <c>auth: token</c>.</summary>
public sealed record TokenOptions
{
    /// <summary>URL of the token server, as clients reach it.</summary>
    public required string Realm { get; init; }

    /// <summary>Name of this registry at the token server; tokens have it as their audience.</summary>
    public required string Service { get; init; }

    /// <summary>Who issues the tokens; one of them has to be the claim <c>iss</c>.</summary>
    public required IReadOnlyList<string> Issuers { get; init; }

    /// <summary>File of certificates in PEM: tokens with a chain that ends there, or with the name of such a certificate's key, are taken. It is read again when it changes.</summary>
    public string? RootCertificates { get; init; }

    /// <summary>File of public keys (JWKS). It is read again when it changes.</summary>
    public string? KeySet { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Is told of refused tokens, and of changed files that cannot be used.</summary>
    public ILogger? Log { get; init; }

    /// <summary>Makes what verifies such tokens.</summary>
    /// <exception cref="KeelsonException">A file cannot be read or is not right; InvalidArgument: neither certificates nor keys are given, or no issuer.</exception>
    internal TokenVerifier Verifier()
    {
        if (RootCertificates is null && KeySet is null) throw new KeelsonException(ErrorKind.InvalidArgument, "tokens: neither root certificates nor a key set is given");
        if (Issuers.Count == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "tokens: no issuer is given");
        WatchedFile<TokenTrust>? roots = RootCertificates is null ? null : new("root certificates", RootCertificates, MaxFileBytes, pem => TokenTrust.OfCertificates(pem.Span), Log);
        WatchedFile<TokenTrust>? keys = KeySet is null ? null : new("token keys", KeySet, MaxFileBytes, json => TokenTrust.OfKeySet(json.Span), Log);
        Both both = new(null, null, TokenTrust.Nobody);
        return new TokenVerifier(Issuers, Service, Trust, Time);

        TokenTrust Trust()
        {
            (TokenTrust? first, TokenTrust? second) = (roots?.Current, keys?.Current);
            Both seen = both;
            if (seen.First != first || seen.Second != second) both = seen = new(first, second, TokenTrust.Of(first ?? TokenTrust.Nobody, second ?? TokenTrust.Nobody));
            return seen.All;
        }
    }

    private const int MaxFileBytes = 1 << 20;

    private sealed record Both(TokenTrust? First, TokenTrust? Second, TokenTrust All);
}
