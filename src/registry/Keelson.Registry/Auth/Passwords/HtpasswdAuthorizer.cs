using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Auth;

/// <summary>Lets everybody do everything who is in an htpasswd file and knows the password, as distribution's <c>auth: htpasswd</c>.</summary>
/// <param name="users">The users; disposed by the caller.</param>
/// <param name="realm">What clients show to people who are asked for a password.</param>
/// <param name="log">Is told of refused logins.</param>
public sealed class HtpasswdAuthorizer(HtpasswdFile users, string realm, ILogger? log = null) : IRegistryAuthorizer
{
    private readonly RuleAuthorizer inner = new(new BasicIdentitySource(users, realm, log), AccessRules.EverythingForUsers);

    /// <inheritdoc/>
    public ValueTask<AccessDecision> DecideAsync(HttpContext http, IReadOnlyList<AccessRequest> needs, CancellationToken cancel = default) =>
        inner.DecideAsync(http, needs, cancel);
}
