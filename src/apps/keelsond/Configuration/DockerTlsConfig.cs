using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keelson.Daemon.Logging;
using Keelson.Hosting.Tls;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Configuration;

/// <summary>Files of TLS with certificates of clients.</summary>
/// <param name="Certificate">The server's certificate and those between it and the authority, PEM.</param>
/// <param name="Key">Its key, PEM.</param>
/// <param name="ClientAuthority">Who signs clients' certificates, PEM.</param>
internal sealed record DockerTlsConfig(string Certificate, string Key, string ClientAuthority)
{
    /// <summary>Reads <c>tls_cert</c>, <c>tls_key</c>, <c>tls_client_ca</c>.</summary>
    /// <returns><see langword="null"/>: none of them is said.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: one is said and another is not.</exception>
    public static DockerTlsConfig? Read(ConfigSection section)
    {
        string? certificate = section.Text("tls_cert"), key = section.Text("tls_key"), authority = section.Text("tls_client_ca");
        if (certificate is null && key is null && authority is null) return null;
        return new(certificate ?? throw section.Wrong("tls_cert", "is missing"), key ?? throw section.Wrong("tls_key", "is missing"),
            authority ?? throw section.Wrong("tls_client_ca", "is missing: nobody could verify a client"));
    }

    /// <summary>Reads the files.</summary>
    /// <param name="logger">Hears of files that changed and are not usable.</param>
    /// <exception cref="KeelsonException">InvalidArgument: one is not usable.</exception>
    public ServerTls Open(ILogger logger)
    {
        X509Certificate2Collection trusted = [];
        try
        {
            trusted.ImportFromPemFile(ClientAuthority);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read client authority {ClientAuthority}: {e.Message}", e);
        }
        if (trusted.Count == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"read client authority {ClientAuthority}: there is no certificate");
        CertificateFiles files = new(Certificate, Key, (problem, _) => logger.Odd(problem));
        return new() { Certificate = _ => files.Current, Clients = ClientCertificateMode.RequireAndVerify, ClientAuthorities = trusted };
    }
}
