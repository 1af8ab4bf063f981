using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keelson.Acme;
using Keelson.Daemon.Configuration;
using Keelson.Daemon.Logging;
using Keelson.Hosting.Tls;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>http.tls</c> of a registry's configuration, with distribution's names.</summary>
/// <remarks>
/// <code>
/// [http.tls]              certificate, key, clientcas (files), clientauth, minimumtls ("tls1.2", "tls1.3"), ciphersuites
/// [http.tls.letsencrypt]  see AcmeConfig
/// </code>
/// </remarks>
internal sealed record TlsConfig
{
    private string certificate = "", key = "";
    private IReadOnlyList<string> authorities = [];
    private ServerTls tls = new() { Certificate = _ => null };

    /// <summary>Where certificates come from, if not from files.</summary>
    public AcmeConfig? Acme { get; private init; }

    /// <summary>Reads the table.</summary>
    /// <returns><see langword="null"/>: TLS is not spoken.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static TlsConfig? Read(ConfigSection section)
    {
        string? certificate = section.Text("certificate"), key = section.Text("key");
        IReadOnlyList<string> authorities = section.Texts("clientcas"), suites = section.Texts("ciphersuites");
        string? clients = section.Text("clientauth"), least = section.Text("minimumtls");
        AcmeConfig? acme = AcmeConfig.Read(section.Section("letsencrypt"));
        section.End();
        if (certificate is null && key is null && authorities.Count == 0 && acme is null) return null;
        if (acme is not null && (certificate ?? key) is not null) throw section.Wrong("certificate", "and letsencrypt cannot both be said");
        if (acme is null && certificate is null) throw section.Wrong("certificate", "is missing");
        if (acme is null && key is null) throw section.Wrong("key", "is missing");
        ClientCertificateMode mode = clients switch
        {
            null => authorities.Count > 0 ? ClientCertificateMode.RequireAndVerify : ClientCertificateMode.None,
            "request-client-cert" => ClientCertificateMode.Request,
            "require-any-client-cert" => ClientCertificateMode.RequireAny,
            "verify-client-cert-if-given" => ClientCertificateMode.VerifyIfGiven,
            "require-and-verify-client-cert" => ClientCertificateMode.RequireAndVerify,
            _ => throw section.Wrong("clientauth", $"'{clients}' is none of request-client-cert, require-any-client-cert, verify-client-cert-if-given, require-and-verify-client-cert"),
        };
        if (mode is ClientCertificateMode.VerifyIfGiven or ClientCertificateMode.RequireAndVerify && authorities.Count == 0) throw section.Wrong("clientcas", "is missing: nobody could verify a certificate");
        List<TlsCipherSuite> chosen = [.. suites.Select(suite => Enum.TryParse(suite, out TlsCipherSuite known) ? known : throw section.Wrong("ciphersuites", $"'{suite}' is no cipher suite"))];
        return new()
        {
            certificate = certificate ?? "", key = key ?? "", authorities = authorities, Acme = acme,
            tls = new()
            {
                Certificate = _ => null, Clients = mode, Versions = Versions(section, least, chosen), CipherSuites = chosen.Count == 0 ? null : chosen,
            },
        };
    }

    /// <summary>Of files.</summary>
    /// <param name="certificate">The server's certificate.</param>
    /// <param name="key">Its key.</param>
    /// <param name="authorities">Who signs certificates that clients must have; <see langword="null"/>: they need none.</param>
    public static TlsConfig Of(string certificate, string key, string? authorities) => new()
    {
        certificate = certificate, key = key, authorities = authorities is null ? [] : [authorities],
        tls = new() { Certificate = _ => null, Clients = authorities is null ? ClientCertificateMode.None : ClientCertificateMode.RequireAndVerify, Versions = SslProtocols.Tls12 | SslProtocols.Tls13 },
    };

    /// <summary>Reads the files that it names.</summary>
    /// <param name="logger">Hears of files that changed and are not usable.</param>
    /// <param name="keeper">Has the certificates when they come from an authority.</param>
    /// <exception cref="KeelsonException">InvalidArgument: one is not usable.</exception>
    public ServerTls Open(ILogger logger, CertificateKeeper? keeper)
    {
        ServerTls source = tls;
        if (keeper is not null) source = source with { Certificate = keeper.Find, Challenge = keeper.Tls.Find };
        else
        {
            CertificateFiles files = new(certificate, key, (problem, _) => logger.Odd(problem));
            source = source with { Certificate = _ => files.Current };
        }
        X509Certificate2Collection trusted = [];
        foreach (string file in authorities)
        {
            try
            {
                trusted.ImportFromPemFile(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw new KeelsonException(ErrorKind.InvalidArgument, $"read client authorities {file}: {e.Message}", e);
            }
        }
        if (authorities.Count > 0 && trusted.Count == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"read client authorities {string.Join(", ", authorities)}: there is no certificate");
        return source with { ClientAuthorities = trusted };
    }

    /// <summary>The versions from the least one on that cipher suites are there for.</summary>
    private static SslProtocols Versions(ConfigSection section, string? least, List<TlsCipherSuite> suites)
    {
        SslProtocols versions = Versions(section, least);
        // Those of 1.3 are numbered from 0x1301 on, and are for nothing else. RFC 8446 appendix B.4.
        bool hasNew = suites.Count == 0 || suites.Exists(suite => (int)suite >> 8 == 0x13), hasOld = suites.Count == 0 || suites.Exists(suite => (int)suite >> 8 != 0x13);
        return (versions, hasOld, hasNew) switch
        {
            (_, true, true) => versions,
            (_, false, true) => SslProtocols.Tls13,
            (SslProtocols.Tls13, _, false) => throw section.Wrong("ciphersuites", "there is none for TLS 1.3"),
            _ => SslProtocols.Tls12,
        };
    }

    private static SslProtocols Versions(ConfigSection section, string? least) => least switch
    {
        null or "tls1.2" => SslProtocols.Tls12 | SslProtocols.Tls13,
        "tls1.3" => SslProtocols.Tls13,
        "tls1.0" or "tls1.1" => throw section.Wrong("minimumtls", $"{least} is not spoken: RFC 8996"),
        _ => throw section.Wrong("minimumtls", $"'{least}' is none of tls1.2, tls1.3"),
    };
}
