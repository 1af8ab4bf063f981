using Keelson.Daemon.Configuration;
using Keelson.Registry.Auth;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>auth</c> of a registry's configuration. Without a way to show who one is, everybody may do everything.</summary>
/// <remarks>
/// <code>
/// [auth.htpasswd]   realm, path
/// [auth.token]      realm, service, issuer, rootcertbundle, jwks
/// [auth.rules]      path: access rules as JSON, for users of htpasswd and subjects of tokens
/// </code>
/// </remarks>
internal sealed record RegistryAuth
{
    private string? passwords, passwordRealm, rules;
    private TokenOptions? tokens;

    /// <summary>Reads the table.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static RegistryAuth Read(ConfigSection section)
    {
        ConfigSection htpasswd = section.Section("htpasswd"), token = section.Section("token"), rules = section.Section("rules");
        RegistryAuth auth = new() { passwords = htpasswd.Text("path"), passwordRealm = htpasswd.Text("realm"), rules = rules.Text("path") };
        if (token.Text("realm") is { } realm)
        {
            string issuer = token.Text("issuer") ?? throw token.Wrong("issuer", "is missing");
            auth.tokens = new()
            {
                Realm = realm, Issuers = issuer.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), Service = token.Text("service") ?? throw token.Wrong("service", "is missing"),
                RootCertificates = token.Text("rootcertbundle"), KeySet = token.Text("jwks"),
            };
        }
        foreach (ConfigSection part in (ReadOnlySpan<ConfigSection>)[htpasswd, token, rules, section]) part.End();
        if (auth.rules is not null && auth.passwords is null && auth.tokens is null) throw section.Wrong("rules", "there are rules, and neither htpasswd nor token to say who one is");
        return auth;
    }

    /// <summary>Opens the files that it names.</summary>
    /// <param name="logger">Hears of logins that are refused, and of files that are not usable.</param>
    /// <exception cref="KeelsonException">A file cannot be read or is malformed.</exception>
    public OpenAuth Open(ILogger logger)
    {
        HtpasswdFile? users = passwords is null ? null : new(passwords, new HtpasswdOptions { Log = logger });
        string realm = passwordRealm ?? "registry";
        TokenOptions? token = tokens is null ? null : tokens with { Log = logger };
        if (rules is null)
        {
            if (users is not null && token is not null) throw new KeelsonException(ErrorKind.InvalidArgument, "configuration auth: htpasswd and token together need rules");
            return new(users, users is not null ? new HtpasswdAuthorizer(users, realm, logger) : token is not null ? new TokenAuthorizer(token) : null, null);
        }
        AccessRulesFile file = new(rules, logger);
        List<IIdentitySource> sources = [];
        if (users is not null) sources.Add(new BasicIdentitySource(users, realm, logger));
        if (token is not null) sources.Add(new TokenIdentitySource(token));
        return new(users, new RuleAuthorizer(new FirstIdentitySource(sources), () => file.Current), (repository, tag) => file.Current.IsImmutable(repository, tag));
    }
}
