using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Auth;

/// <summary>Who makes a request, by name and password. RFC 7617.</summary>
/// <param name="users">The users; disposed by the caller.</param>
/// <param name="realm">What clients show to people who are asked for a password.</param>
/// <param name="log">Is told of refused logins.</param>
public sealed class BasicIdentitySource(HtpasswdFile users, string realm, ILogger? log = null) : IIdentitySource
{
    private readonly string challenge = Challenges.Basic(realm);

    /// <inheritdoc/>
    public async ValueTask<Identification> IdentifyAsync(HttpContext http, CancellationToken cancel = default)
    {
        if (!BasicCredentials.TryFind(http.Request, out BasicCredentials? shown) || shown is { User: "", Password: "" }) return Identification.Nothing;
        if (shown is null) return Refused(http, "the header Authorization does not hold a name and a password");
        if (await users.VerifyAsync(shown.User, shown.Password, cancel).ConfigureAwait(false)) return Identification.As(new RegistryIdentity(shown.User, []));
        return Refused(http, "wrong name or password");
    }

    /// <inheritdoc/>
    public string? Challenge(IReadOnlyList<AccessRequest> needs, bool wasRefused) => challenge;

    private Identification Refused(HttpContext http, string reason)
    {
        if (log is not null) AuthMessages.LoginRefused(log, http.Connection.RemoteIpAddress, reason);
        return Identification.Refused(reason);
    }
}
