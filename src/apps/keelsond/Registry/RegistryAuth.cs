using Keelson.Daemon.Configuration;
using Keelson.Registry.Auth;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>auth</c> of a registry's configuration. Without a way to show who one is, everybody may do everything.</summary>
/// <remarks>
/// <code>
/// [auth.htpasswd]   realm, path
/// [auth.token]      realm, service, issuer, rootcertbundle, jwks
/// [auth.certificate] names: what of a client's certificate is its name, of "commonname", "dns", "email", "uri" (http.tls.clientcas has who signs them)
/// [auth.rules]      path: access rules as JSON, for users of htpasswd, subjects of tokens and owners of certificates
/// </code>
/// </remarks>
internal sealed record RegistryAuth
{
    private string? passwords, passwordRealm, rules;
    private TokenOptions? tokens;
    private IReadOnlyList<CertificateNamePart> certificates = [];

    /// <summary>Reads the table.</summary>
    /// <param name="section">The table.</param>
    /// <param name="ownCertificate">File of our own token server's certificate, which is trusted when the table names nothing else; <see langword="null"/> without one.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static RegistryAuth Read(ConfigSection section, string? ownCertificate)
    {
        ConfigSection htpasswd = section.Section("htpasswd"), token = section.Section("token"), certificate = section.Section("certificate"), rules = section.Section("rules");
        RegistryAuth auth = new()
        {
            passwords = htpasswd.Text("path"), passwordRealm = htpasswd.Text("realm"), rules = rules.Text("path"),
            certificates = [.. certificate.Texts("names").Select(name => Enum.TryParse(name, ignoreCase: true, out CertificateNamePart part) ? part : throw certificate.Wrong("names", $"'{name}' is none of commonname, dns, email, uri"))],
        };
        if (token.Text("realm") is { } realm)
        {
            string issuer = token.Text("issuer") ?? throw token.Wrong("issuer", "is missing");
            auth.tokens = new()
            {
                Realm = realm, Issuers = issuer.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), Service = token.Text("service") ?? throw token.Wrong("service", "is missing"),
                RootCertificates = token.Text("rootcertbundle"), KeySet = token.Text("jwks"),
            };
            if (auth.tokens is { RootCertificates: null, KeySet: null }) auth.tokens = auth.tokens with { RootCertificates = ownCertificate };
        }
        foreach (ConfigSection part in (ReadOnlySpan<ConfigSection>)[htpasswd, token, certificate, rules, section]) part.End();
        if (auth.rules is not null && auth.passwords is null && auth.tokens is null && auth.certificates.Count == 0) throw section.Wrong("rules", "there are rules, and none of htpasswd, token and certificate to say who one is");
        if (auth.certificates.Count > 0 && auth.rules is null) throw section.Wrong("certificate", "there are no rules to say what owners of certificates may do");
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
        if (certificates.Count > 0) sources.Add(new CertificateIdentitySource(certificates));
        if (users is not null) sources.Add(new BasicIdentitySource(users, realm, logger));
        if (token is not null) sources.Add(new TokenIdentitySource(token));
        return new(users, new RuleAuthorizer(new FirstIdentitySource(sources), () => file.Current), (repository, tag) => file.Current.IsImmutable(repository, tag));
    }
}
