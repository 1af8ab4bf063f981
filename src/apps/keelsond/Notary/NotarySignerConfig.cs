using System.Collections;
using Keelson.Daemon.Configuration;
using Keelson.Daemon.Registry;

namespace Keelson.Daemon.Notary;

/// <summary>The configuration of a signer, with notary-signer's keys.</summary>
/// <remarks>
/// <code>
/// server   grpc_addr, tls_cert_file, tls_key_file, client_ca_file
/// storage  backend ("memory", "sqlite3", "postgres", "mysql"), db_url, default_alias
///          backend "pkcs11", module, token_label, token_serial, pin_file
/// logging  level
/// </code>
/// Passphrases are in variables of the environment, <c>NOTARY_SIGNER_ALIAS</c> for each alias; so may be a token's PIN, <c>NOTARY_SIGNER_STORAGE_PIN</c>.
/// </remarks>
internal sealed record NotarySignerConfig
{
    private const string Prefix = "NOTARY_SIGNER_";

    private static readonly string[] Keys =
        ["server.grpc_addr", "server.tls_cert_file", "server.tls_key_file", "server.client_ca_file", "storage.backend", "storage.db_url", "storage.default_alias", "logging.level",
        .. TokenConfig.Keys.Select(key => "storage." + key)];

    /// <summary>Where it listens.</summary>
    public required string Address { get; init; }

    /// <summary>It has keys: nobody speaks to it without TLS.</summary>
    public required TlsConfig Tls { get; init; }

    /// <summary>The token that has the keys; <see langword="null"/>: the store has them.</summary>
    public required TokenConfig? Token { get; init; }

    /// <summary>The store that has the keys where there is no token.</summary>
    public required NotaryStorage Storage { get; init; }

    /// <summary>The alias of the passphrase that new keys in a store are wrapped with.</summary>
    public required string Alias { get; init; }

    public required string LogLevel { get; init; }

    /// <summary>Reads it.</summary>
    /// <param name="path">The file; <see langword="null"/>: the environment says all.</param>
    /// <param name="variables">The environment.</param>
    /// <exception cref="KeelsonException">It cannot be read, or InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static NotarySignerConfig Load(string? path, IDictionary variables)
    {
        NotaryFile file = NotaryFile.Load(path, Prefix, Keys, variables);
        ConfigSection root = file.Root, server = root.Section("server"), storage = root.Section("storage"), logging = root.Section("logging");
        file.Pass("reporting");
        _ = server.Text("http_addr");
        bool isToken = storage.Text("backend") == "pkcs11";
        NotarySignerConfig config = new()
        {
            Address = server.Text("grpc_addr") ?? throw server.Wrong("grpc_addr", "is missing"),
            Tls = file.Tls(server) ?? throw server.Wrong("tls_cert_file", "is missing"),
            Token = isToken ? TokenConfig.Read(file, storage, variables, Prefix + "STORAGE_PIN") : null,
            Storage = isToken ? new("pkcs11", "") : NotaryStorage.Read(file, storage, "pkcs11"),
            Alias = storage.Text("default_alias") ?? (variables[Prefix + "DEFAULT_ALIAS"] as string) ?? "",
            LogLevel = NotaryServerConfig.Level(logging.Text("level")),
        };
        if (config.Alias.Length == 0 && !isToken) throw storage.Wrong("default_alias", "is missing");
        foreach (ConfigSection part in (ReadOnlySpan<ConfigSection>)[server, storage, logging, root]) part.End();
        return config;
    }
}
