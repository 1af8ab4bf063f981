using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Lets in who shows a client certificate, by rules.</summary>
/// <param name="rules">What they may.</param>
/// <param name="parts">Where the name is looked for in a certificate, in this order; the common name by default.</param>
public sealed class CertificateAuthorizer(Func<AccessRules> rules, IReadOnlyList<CertificateNamePart>? parts = null) : IRegistryAuthorizer
{
    private readonly RuleAuthorizer inner = new(new CertificateIdentitySource(parts), rules);

    /// <inheritdoc/>
    public ValueTask<AccessDecision> DecideAsync(HttpContext http, IReadOnlyList<AccessRequest> needs, CancellationToken cancel = default) =>
        inner.DecideAsync(http, needs, cancel);
}
