using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Finds out who makes a request and asks the access rules what they may.</summary>
/// <param name="source">Says who it is.</param>
/// <param name="rules">The rules; asked at each request, so that they can change.</param>
public sealed class RuleAuthorizer(IIdentitySource source, Func<AccessRules> rules) : IRegistryAuthorizer
{
    /// <summary>As the other one, with rules that stay.</summary>
    /// <param name="source">Says who it is.</param>
    /// <param name="rules">The rules.</param>
    public RuleAuthorizer(IIdentitySource source, AccessRules rules) : this(source, () => rules)
    {
    }

    /// <inheritdoc/>
    public async ValueTask<AccessDecision> DecideAsync(HttpContext http, IReadOnlyList<AccessRequest> needs, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(needs);
        Identification shown = await source.IdentifyAsync(http, cancel).ConfigureAwait(false);
        RegistryIdentity who = shown.Identity;
        string? refusal = shown.Refusal;
        // Credentials that nobody here understands are false credentials, not none.
        if (!shown.IsShown && BasicCredentials.IsShown(http.Request)) refusal = "credentials of this kind are not taken here";
        if (refusal is not null) return new() { IsAllowed = false, Challenge = source.Challenge(needs, wasRefused: true), Reason = refusal };
        AccessRules present = rules();
        foreach (AccessRequest need in needs)
            if (!present.Allows(who, need))
                return new()
                {
                    IsAllowed = false,
                    Identity = who.Name,
                    Challenge = who.IsAnonymous ? source.Challenge(needs, wasRefused: false) : null,
                    Reason = Describe(who, need),
                };
        return new() { IsAllowed = true, Identity = who.Name, CatalogFilter = repository => present.CanSee(who, repository) };
    }

    private static string Describe(RegistryIdentity who, AccessRequest need)
    {
        string action = need.Action switch
        {
            RegistryAction.Pull => "pull from",
            RegistryAction.Push => "push to",
            RegistryAction.Overwrite => "move a tag of",
            RegistryAction.Delete => "delete from",
            RegistryAction.Catalog => "list the repositories of",
            _ => "use",
        };
        return $"{(who.IsAnonymous ? "one without a name" : who.Name)} may not {action} {(need.Repository.Length > 0 ? need.Repository : "this registry")}";
    }
}
