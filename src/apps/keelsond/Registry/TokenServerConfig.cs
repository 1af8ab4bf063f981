using System.Security.Cryptography.X509Certificates;
using Keelson.Daemon.Configuration;
using Keelson.Registry.Auth;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>tokenserver</c> of a registry's configuration: it hands out tokens, for itself and for others.</summary>
/// <remarks>
/// <code>
/// [tokenserver]  issuer, services, users (htpasswd), rules (JSON), key, certificate, lifetime, refreshlifetime, realm
/// </code>
/// Key and certificate are made when their files are missing.
/// </remarks>
internal sealed record TokenServerConfig
{
    private string issuer = "", users = "", rules = "", key = "", realm = "registry";
    private IReadOnlyList<string> services = [];
    private TimeSpan lifetime, refreshLifetime;

    /// <summary>File of the certificate that registries trust.</summary>
    public string Certificate { get; private init; } = "";

    /// <summary>Reads the table.</summary>
    /// <returns><see langword="null"/>: there is no token server.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static TokenServerConfig? Read(ConfigSection section)
    {
        if (section.Keys.Count == 0) return null;
        TokenServerConfig config = new()
        {
            issuer = Need("issuer"), users = Need("users"), rules = Need("rules"), key = Need("key"), Certificate = Need("certificate"), realm = section.Text("realm") ?? "registry",
            services = section.Texts("services") is { Count: > 0 } services ? services : throw section.Wrong("services", "is missing"),
            lifetime = section.Duration("lifetime", TimeSpan.FromSeconds(300)), refreshLifetime = section.Duration("refreshlifetime", TimeSpan.FromDays(30)),
        };
        section.End();
        return config;

        string Need(string name) => section.Text(name) ?? throw section.Wrong(name, "is missing");
    }

    /// <summary>Opens the files that it names.</summary>
    /// <exception cref="KeelsonException">A file is not usable.</exception>
    public OpenTokenServer Open(ILogger logger)
    {
        HtpasswdFile passwords = new(users, new HtpasswdOptions { Log = logger });
        TokenSigningKey? signer = null;
        X509Certificate2? certificate = null;
        try
        {
            signer = TokenSigningKey.LoadOrCreate(key);
            certificate = signer.LoadOrCreateCertificate(Certificate);
            AccessRulesFile file = new(rules, logger);
            TokenServer server = new(new()
            {
                Issuer = issuer, Services = services, Users = passwords, Rules = () => file.Current, Key = signer, Certificate = certificate, Lifetime = lifetime, RefreshLifetime = refreshLifetime, Realm = realm, Log = logger,
            });
            return new(server, passwords, signer, certificate);
        }
        catch
        {
            passwords.Dispose();
            signer?.Dispose();
            certificate?.Dispose();
            throw;
        }
    }
}
