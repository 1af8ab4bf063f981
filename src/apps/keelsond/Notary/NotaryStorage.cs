using System.Collections;
using Keelson.Daemon.Configuration;
using Keelson.Notary.Keys;
using Keelson.Notary.MySql;
using Keelson.Notary.Postgres;
using Keelson.Notary.Sqlite;
using Keelson.Notary.Stores;
using Npgsql;

namespace Keelson.Daemon.Notary;

/// <summary>The table <c>storage</c>: <c>backend</c> and <c>db_url</c>.</summary>
/// <param name="Backend"><c>memory</c>, <c>sqlite3</c>, <c>postgres</c> or <c>mysql</c>.</param>
/// <param name="Address">A file of SQLite, or the address of a database of PostgreSQL or MySQL; empty for memory.</param>
internal sealed record NotaryStorage(string Backend, string Address)
{
    /// <summary>Reads it.</summary>
    /// <param name="file">The configuration.</param>
    /// <param name="section">The table.</param>
    /// <param name="others">Backends that there are besides, for messages.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the backend is not known, or its address is missing.</exception>
    public static NotaryStorage Read(NotaryFile file, ConfigSection section, params IReadOnlyList<string> others)
    {
        string backend = section.Text("backend") ?? "memory";
        if (backend is not ("memory" or "sqlite3" or "postgres" or "mysql")) throw section.Wrong("backend", $"'{backend}' is none of {string.Join(", ", ["memory", "sqlite3", "postgres", "mysql", .. others])}");
        string? address = backend == "sqlite3" ? file.Place(section, "db_url") : section.Text("db_url");
        if (backend != "memory" && string.IsNullOrEmpty(address)) throw section.Wrong("db_url", "is missing");
        return new(backend, address ?? "");
    }

    /// <summary>Opens the collections.</summary>
    /// <exception cref="KeelsonException">Unavailable: the database cannot be reached.</exception>
    public async Task<ITrustStore> OpenCollectionsAsync(CancellationToken cancel) => Backend switch
    {
        "sqlite3" => SqliteTrustStore.Open(new() { Path = Address }),
        "postgres" => await PostgresTrustStore.OpenAsync(new() { Connection = Connection(Address) }, cancel).ConfigureAwait(false),
        "mysql" => await MySqlTrustStore.OpenAsync(new() { Address = Address }, cancel).ConfigureAwait(false),
        _ => new MemoryTrustStore(),
    };

    /// <summary>Opens keys, which are wrapped with passphrases of the environment; those in memory are in need of none.</summary>
    /// <param name="alias">Which passphrase new keys are wrapped with; <see langword="null"/>: the environment says it.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">Unavailable: the database cannot be reached. InvalidArgument: there is no passphrase.</exception>
    public async Task<KeyVault> OpenKeysAsync(string? alias, IDictionary variables, CancellationToken cancel)
    {
        bool isSaid = alias is not null || variables.Contains("NOTARY_SIGNER_DEFAULT_ALIAS");
        KeyVaultOptions options = Backend == "memory" && !isSaid ? KeyVaultOptions.ForMemory() : KeyVaultOptions.FromEnvironment(alias);
        return new(Backend switch
        {
            "sqlite3" => SqliteKeyStore.Open(new() { Path = Address }),
            "postgres" => await PostgresKeyStore.OpenAsync(new() { Connection = Connection(Address) }, cancel).ConfigureAwait(false),
            "mysql" => await MySqlKeyStore.OpenAsync(new() { Address = Address }, cancel).ConfigureAwait(false),
            _ => new MemoryKeyStore(),
        }, options);
    }

    /// <summary>The address of a database as libpq has it, in the words of Npgsql; what is none is in those already.</summary>
    internal static string Connection(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("postgres" or "postgresql")) return address;
        string[] user = uri.UserInfo.Split(':', 2);
        NpgsqlConnectionStringBuilder builder = new() { Host = uri.Host, Port = uri.Port > 0 ? uri.Port : NpgsqlConnection.DefaultPort, Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')) };
        if (user[0].Length > 0) builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) builder.Password = Uri.UnescapeDataString(user[1]);
        foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = pair.Split('=', 2);
            string value = Uri.UnescapeDataString(words.Length > 1 ? words[1] : "");
            switch (words[0])
            {
                case "sslmode": builder.SslMode = value switch { "disable" => SslMode.Disable, "allow" => SslMode.Allow, "prefer" => SslMode.Prefer, "require" => SslMode.Require, "verify-ca" => SslMode.VerifyCA, "verify-full" => SslMode.VerifyFull, _ => throw Wrong(pair) }; break;
                case "sslrootcert": builder.RootCertificate = value; break;
                case "sslcert": builder.SslCertificate = value; break;
                case "sslkey": builder.SslKey = value; break;
                case "host": builder.Host = value; break;
                case "connect_timeout": builder.Timeout = int.TryParse(value, out int seconds) && seconds >= 0 ? seconds : throw Wrong(pair); break;
                default: throw Wrong(pair);
            }
        }
        return builder.ConnectionString;
    }

    private static KeelsonException Wrong(string pair) => new(ErrorKind.InvalidArgument, $"configuration storage.db_url: '{pair.Split('=')[0]}' is no setting that is known here, or has a wrong value");
}
