using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Lets in who shows a token of a token server, to do what the token grants. Distribution's token specification; RFC 6750.</summary>
/// <remarks><c>push</c> in a token creates and overwrites; <c>create</c>, which is ours, creates alone.</remarks>
public sealed class TokenAuthorizer : IRegistryAuthorizer
{
    private readonly TokenOptions options;

    /// <summary>Reads certificates and keys.</summary>
    /// <exception cref="KeelsonException">A file cannot be read or is not right.</exception>
    public TokenAuthorizer(TokenOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        Verifier = options.Verifier();
    }

    internal TokenVerifier Verifier { get; }

    /// <inheritdoc/>
    public ValueTask<AccessDecision> DecideAsync(HttpContext http, IReadOnlyList<AccessRequest> needs, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(needs);
        return new(Decide(http, needs));
    }

    private AccessDecision Decide(HttpContext http, IReadOnlyList<AccessRequest> needs)
    {
        if (!BearerToken.TryFind(http.Request, out string token)) return Refused(needs, "", null, "a token is needed");
        if (Verifier.Verify(token, out string reason) is not { } grant)
        {
            if (options.Log is { } log) AuthMessages.TokenRefused(log, http.Connection.RemoteIpAddress, reason);
            return Refused(needs, "", "invalid_token", "the token is refused: " + reason);
        }
        foreach (AccessRequest need in needs)
            if (!grant.Allows(need))
                return Refused(needs, grant.Subject, "insufficient_scope", "the token does not grant that");
        return new() { IsAllowed = true, Identity = grant.Subject };
    }

    private AccessDecision Refused(IReadOnlyList<AccessRequest> needs, string identity, string? error, string reason) =>
        new() { IsAllowed = false, Identity = identity, Challenge = Challenges.Bearer(options.Realm, options.Service, Challenges.Scope(needs), error), Reason = reason };
}
