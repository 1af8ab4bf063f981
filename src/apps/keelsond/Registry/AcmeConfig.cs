using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keelson.Acme;
using Keelson.Daemon.Configuration;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>http.tls.letsencrypt</c> of a registry's configuration: certificates from an authority. The first four names are distribution's.</summary>
/// <remarks>
/// <code>
/// [http.tls.letsencrypt]      cachefile (a folder, as there; cachedir is the same), email, hosts, directoryurl, directoryca (a file), http01addr
/// [http.tls.letsencrypt.eab]  kid, hmackey or hmackeyfile
/// </code>
/// </remarks>
internal sealed record AcmeConfig
{
    private const string LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory", DefaultFolder = "/var/lib/keelson/acme";
    private const int SecretLimitBytes = 4096;
    private Uri directory = new(LetsEncrypt);
    private string folder = "";
    private string? email, authority, keyId, key, keyFile;
    private IReadOnlyList<string> hosts = [];

    /// <summary>Where authorities may ask as well, port 80 to them; <see langword="null"/>: nowhere.</summary>
    public string? HttpAddress { get; private init; }

    /// <summary>Reads the table.</summary>
    /// <returns><see langword="null"/>: no authority is asked.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static AcmeConfig? Read(ConfigSection section)
    {
        bool isThere = section.Keys.Count > 0;
        ConfigSection external = section.Section("eab");
        string? file = section.Text("cachefile"), folder = section.Text("cachedir"), directory = section.Text("directoryurl");
        AcmeConfig config = new()
        {
            folder = folder ?? file ?? DefaultFolder,
            email = section.Text("email"),
            hosts = section.Texts("hosts"),
            authority = section.Text("directoryca"),
            HttpAddress = section.Text("http01addr"),
            keyId = external.Text("kid"),
            key = external.Text("hmackey"),
            keyFile = external.Text("hmackeyfile"),
        };
        if (directory is { Length: > 0 }) config.directory = Uri.TryCreate(directory, UriKind.Absolute, out Uri? address) ? address : throw section.Wrong("directoryurl", "is no address");
        external.End();
        section.End();
        if (!isThere) return null;
        if (folder is not null && file is not null) throw section.Wrong("cachefile", "is the same as cachedir, and only one of them can be said");
        if (!config.folder.StartsWith('/') || File.Exists(config.folder)) throw section.Wrong(folder is null ? "cachefile" : "cachedir", $"'{config.folder}' is not the absolute path of a folder");
        if (config.hosts.Count == 0) throw section.Wrong("hosts", "is missing: names that there are certificates for");
        foreach (string host in config.hosts)
            if (!CertificateKeeper.IsHost(host)) throw section.Wrong("hosts", $"'{host}' is no name of a host in small letters; there are no certificates for addresses and wildcards");
        if (config.keyId is null != (config.key is null && config.keyFile is null)) throw external.Wrong("kid", "and hmackey or hmackeyfile belong together");
        if (config.key is not null && config.keyFile is not null) throw external.Wrong("hmackey", "and hmackeyfile cannot both be said");
        return config;
    }

    /// <summary>Opens the folder, and reads what it has and the files that the table names.</summary>
    /// <exception cref="KeelsonException">One is not usable.</exception>
    public CertificateKeeper Open(ILogger logger) => new(new()
    {
        Authority = new() { Directory = directory, Email = email is { Length: > 0 } ? email : null, ExternalAccount = External(), Authorities = Authorities() },
        Hosts = hosts,
        Folder = folder.TrimEnd('/'),
        AnswersHttp = HttpAddress is not null,
    }, logger);

    private ExternalAccount? External()
    {
        if (keyId is null) return null;
        return new(keyId, keyFile is null ? key! : System.Text.Encoding.UTF8.GetString(Keelson.Linux.Sys.Files.ReadAll(keyFile, SecretLimitBytes).Span));
    }

    private X509Certificate2Collection Authorities()
    {
        X509Certificate2Collection roots = [];
        if (authority is null) return roots;
        try
        {
            roots.ImportFromPemFile(authority);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read http.tls.letsencrypt.directoryca {authority}: {e.Message}", e);
        }
        return roots.Count > 0 ? roots : throw new KeelsonException(ErrorKind.InvalidArgument, $"read http.tls.letsencrypt.directoryca {authority}: there is no certificate");
    }
}
