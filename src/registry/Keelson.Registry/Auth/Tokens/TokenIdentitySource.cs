using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Who makes a request, by the subject of a token; what the token grants does not count, rules do.</summary>
public sealed class TokenIdentitySource : IIdentitySource
{
    private readonly TokenOptions options;
    private readonly TokenVerifier verifier;

    /// <summary>Reads certificates and keys.</summary>
    /// <exception cref="KeelsonException">A file cannot be read or is not right.</exception>
    public TokenIdentitySource(TokenOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        verifier = options.Verifier();
    }

    /// <inheritdoc/>
    public ValueTask<Identification> IdentifyAsync(HttpContext http, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (!BearerToken.TryFind(http.Request, out string token)) return new(Identification.Nothing);
        if (verifier.Verify(token, out string reason) is { } grant)
            return new(Identification.As(grant.Subject.Length > 0 ? new RegistryIdentity(grant.Subject, []) : RegistryIdentity.Anonymous));
        if (options.Log is { } log) AuthMessages.TokenRefused(log, http.Connection.RemoteIpAddress, reason);
        return new(Identification.Refused("the token is refused: " + reason));
    }

    /// <inheritdoc/>
    public string? Challenge(IReadOnlyList<AccessRequest> needs, bool wasRefused) =>
        Challenges.Bearer(options.Realm, options.Service, Challenges.Scope(needs), wasRefused ? "invalid_token" : null);
}
