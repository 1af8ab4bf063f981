using System.Collections;
using Keelson.Daemon.Configuration;
using Keelson.Daemon.Registry;

namespace Keelson.Daemon.Notary;

/// <summary>The configuration of a signer, with notary-signer's keys.</summary>
/// <remarks>
/// <code>
/// server   grpc_addr, tls_cert_file, tls_key_file, client_ca_file
/// storage  backend ("memory", "sqlite3", "postgres"), db_url, default_alias
/// logging  level
/// </code>
/// Passphrases are in variables of the environment, <c>NOTARY_SIGNER_ALIAS</c> for each alias.
/// </remarks>
internal sealed record NotarySignerConfig
{
    private const string Prefix = "NOTARY_SIGNER_";

    private static readonly string[] Keys =
        ["server.grpc_addr", "server.tls_cert_file", "server.tls_key_file", "server.client_ca_file", "storage.backend", "storage.db_url", "storage.default_alias", "logging.level"];

    /// <summary>Where it listens.</summary>
    public required string Address { get; init; }

    /// <summary>It has keys: nobody speaks to it without TLS.</summary>
    public required TlsConfig Tls { get; init; }

    public required NotaryStorage Storage { get; init; }

    /// <summary>The alias of the passphrase that new keys are wrapped with.</summary>
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
        NotarySignerConfig config = new()
        {
            Address = server.Text("grpc_addr") ?? throw server.Wrong("grpc_addr", "is missing"),
            Tls = file.Tls(server) ?? throw server.Wrong("tls_cert_file", "is missing"),
            Storage = NotaryStorage.Read(file, storage),
            Alias = storage.Text("default_alias") ?? (variables[Prefix + "DEFAULT_ALIAS"] as string) ?? "",
            LogLevel = NotaryServerConfig.Level(logging.Text("level")),
        };
        if (config.Alias.Length == 0) throw storage.Wrong("default_alias", "is missing");
        foreach (ConfigSection part in (ReadOnlySpan<ConfigSection>)[server, storage, logging, root]) part.End();
        return config;
    }
}
