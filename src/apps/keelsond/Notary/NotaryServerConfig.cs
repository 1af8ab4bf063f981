using System.Collections;
using Keelson.Daemon.Configuration;
using Keelson.Daemon.Registry;
using Keelson.Notary.Server;
using Keelson.Registry.Auth;

namespace Keelson.Daemon.Notary;

/// <summary>The configuration of a server of collections, with notary-server's keys.</summary>
/// <remarks>
/// <code>
/// server         http_addr, tls_cert_file, tls_key_file, client_ca_file
/// trust_service  type ("remote", "local" or "pkcs11"), hostname, port, tls_ca_file, tls_client_cert, tls_client_key, key_algorithm, module, token_label, token_serial, pin_file
/// storage        backend ("memory", "sqlite3", "postgres", "mysql"), db_url
/// auth           type ("token"), options: realm, service, issuer, rootcertbundle
/// caching        max_age: current_metadata, consistent_metadata (seconds)
/// repositories   gun_prefixes
/// logging        level
/// </code>
/// </remarks>
internal sealed record NotaryServerConfig
{
    private const string Prefix = "NOTARY_SERVER_";
    private const int DefaultSignerPort = 7899;

    private static readonly string[] Keys =
    [
        "server.http_addr", "server.tls_cert_file", "server.tls_key_file", "server.client_ca_file", "trust_service.type", "trust_service.hostname", "trust_service.port", "trust_service.tls_ca_file",
        "trust_service.tls_client_cert", "trust_service.tls_client_key", "trust_service.key_algorithm", "storage.backend", "storage.db_url", "auth.type", "auth.options.realm", "auth.options.service",
        "auth.options.issuer", "auth.options.rootcertbundle", "caching.max_age.current_metadata", "caching.max_age.consistent_metadata", "repositories.gun_prefixes", "logging.level",
        .. TokenConfig.Keys.Select(key => "trust_service." + key),
    ];

    /// <summary>Where it listens.</summary>
    public required string Address { get; init; }

    public required TlsConfig? Tls { get; init; }

    public required NotaryStorage Storage { get; init; }

    /// <summary>Where its signer is; <see langword="null"/>: keys are in this process.</summary>
    public required SignerAddress? Signer { get; init; }

    /// <summary>The token that has the keys; <see langword="null"/>: a signer or the store has them.</summary>
    public required TokenConfig? Token { get; init; }

    /// <summary>Who is believed about who may do what; <see langword="null"/>: everybody may do everything.</summary>
    public required TokenOptions? Tokens { get; init; }

    public required NotaryServerOptions Server { get; init; }

    public required string LogLevel { get; init; }

    /// <summary>Reads it.</summary>
    /// <param name="path">The file; <see langword="null"/>: the environment says all.</param>
    /// <param name="variables">The environment.</param>
    /// <exception cref="KeelsonException">It cannot be read, or InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static NotaryServerConfig Load(string? path, IDictionary variables)
    {
        NotaryFile file = NotaryFile.Load(path, Prefix, Keys, variables);
        ConfigSection root = file.Root, server = root.Section("server"), trust = root.Section("trust_service"), storage = root.Section("storage"), auth = root.Section("auth"), options = auth.Section("options");
        ConfigSection age = root.Section("caching").Section("max_age"), repositories = root.Section("repositories"), logging = root.Section("logging");
        file.Pass("reporting");
        NotaryServerOptions standard = new();
        NotaryServerConfig config = new()
        {
            Address = server.Text("http_addr") ?? throw server.Wrong("http_addr", "is missing"),
            Tls = file.Tls(server),
            Storage = NotaryStorage.Read(file, storage),
            Signer = ReadSigner(file, trust),
            Token = trust.Text("type") == "pkcs11" ? TokenConfig.Read(file, trust, variables, Prefix + "TRUST_SERVICE_PIN") : null,
            Tokens = ReadTokens(file, auth, options),
            LogLevel = Level(logging.Text("level")),
            Server = standard with
            {
                KeyAlgorithm = Algorithm(trust),
                CurrentLifetime = TimeSpan.FromSeconds(age.Integer("current_metadata", (long)standard.CurrentLifetime.TotalSeconds, 0, int.MaxValue)),
                ConsistentLifetime = TimeSpan.FromSeconds(age.Integer("consistent_metadata", (long)standard.ConsistentLifetime.TotalSeconds, 0, int.MaxValue)),
                GunPrefixes = repositories.Texts("gun_prefixes"),
            },
        };
        foreach (string prefix in config.Server.GunPrefixes)
            if (!prefix.EndsWith('/')) throw repositories.Wrong("gun_prefixes", $"'{prefix}' does not end with a slash");
        foreach (ConfigSection part in (ReadOnlySpan<ConfigSection>)[server, trust, storage, auth, options, age, repositories, logging, root]) part.End();
        return config;
    }

    /// <summary>A level in the words of notary's programs.</summary>
    public static string Level(string? level) => level switch { null or "" => "info", "warning" => "warn", "fatal" or "panic" => "error", _ => level };

    private static string Algorithm(ConfigSection trust) => trust.Text("key_algorithm") switch
    {
        null or "" or "ecdsa" => "ecdsa",
        "ed25519" => "ed25519",
        { } other => throw trust.Wrong("key_algorithm", $"'{other}' is none of ecdsa, ed25519"),
    };

    private static SignerAddress? ReadSigner(NotaryFile file, ConfigSection trust)
    {
        string type = trust.Text("type") ?? "local";
        string? host = trust.Text("hostname"), authorities = file.Place(trust, "tls_ca_file"), certificate = file.Place(trust, "tls_client_cert"), key = file.Place(trust, "tls_client_key");
        long port = trust.Integer("port", DefaultSignerPort, 1, ushort.MaxValue);
        if (type is "local" or "pkcs11") return null;
        if (type != "remote") throw trust.Wrong("type", $"'{type}' is none of remote, local, pkcs11");
        if ((certificate is null) != (key is null)) throw trust.Wrong("tls_client_cert", "and tls_client_key belong together");
        return new(string.IsNullOrEmpty(host) ? throw trust.Wrong("hostname", "is missing") : host, (int)port, authorities, certificate, key);
    }

    private static TokenOptions? ReadTokens(NotaryFile file, ConfigSection auth, ConfigSection options)
    {
        string? type = auth.Text("type");
        string? realm = options.Text("realm"), service = options.Text("service"), issuer = options.Text("issuer"), bundle = file.Place(options, "rootcertbundle");
        _ = options.Switch("autoredirect", false);
        if (string.IsNullOrEmpty(type)) return null;
        if (type != "token") throw auth.Wrong("type", $"'{type}' is not token");
        return new()
        {
            Realm = realm ?? throw options.Wrong("realm", "is missing"), Service = service ?? throw options.Wrong("service", "is missing"),
            Issuers = [issuer ?? throw options.Wrong("issuer", "is missing")], RootCertificates = bundle ?? throw options.Wrong("rootcertbundle", "is missing"),
        };
    }
}

/// <summary>Where a signer is, and who speaks to it.</summary>
/// <param name="Host">Its host.</param>
/// <param name="Port">Its port.</param>
/// <param name="Authorities">File of the certificates that it is believed by; <see langword="null"/>: those of the machine.</param>
/// <param name="Certificate">File of our certificate.</param>
/// <param name="Key">File of its key.</param>
internal sealed record SignerAddress(string Host, int Port, string? Authorities, string? Certificate, string? Key);
