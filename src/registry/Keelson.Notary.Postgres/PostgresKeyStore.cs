using System.Text;
using Keelson.Notary.Keys;
using Npgsql;
using static Keelson.Notary.Postgres.PostgresDatabase;

namespace Keelson.Notary.Postgres;

/// <summary>Wrapped keys in a PostgreSQL database, in notary's table <c>private_keys</c>. Several processes may share it, a notary-signer among them.</summary>
public sealed class PostgresKeyStore : IKeyStore
{
    private const string Table = """
        CREATE TABLE private_keys (
            id serial PRIMARY KEY, created_at timestamp NULL, updated_at timestamp NULL, deleted_at timestamp NULL,
            key_id varchar(255) NOT NULL, encryption_alg varchar(255) NOT NULL, keywrap_alg varchar(255) NOT NULL, algorithm varchar(50) NOT NULL,
            passphrase_alias varchar(50) NOT NULL, public bytea NOT NULL, private bytea NOT NULL, gun varchar(255) NOT NULL, role varchar(255) NOT NULL,
            last_used timestamp NULL, CONSTRAINT key_id UNIQUE (key_id), CONSTRAINT key_id_2 UNIQUE (key_id, algorithm));
        """;

    // A table that says nothing of collections gives none of its keys away again: they may all have signed.
    private const string Collections = """
        ALTER TABLE private_keys ADD COLUMN gun varchar(255) NOT NULL DEFAULT '', ADD COLUMN role varchar(255) NOT NULL DEFAULT '', ADD COLUMN last_used timestamp NULL;
        """;

    private const string Columns = "SELECT key_id, algorithm, public, private, passphrase_alias, gun, role, created_at, last_used FROM private_keys WHERE deleted_at IS NULL AND ";

    private readonly PostgresDatabase database;

    private PostgresKeyStore(PostgresDatabase database) => this.database = database;

    /// <inheritdoc/>
    public string Name => "postgres";

    /// <summary>Connects, and makes the table where it is missing.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the connection's text is none. Unavailable: the database cannot be reached, or refuses.</exception>
    public static async Task<PostgresKeyStore> OpenAsync(PostgresOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        PostgresDatabase database = Of(options.Connection);
        try
        {
            await database.InTransactionAsync("make tables", async connection =>
            {
                await RunAsync(connection, PostgresTrustStore.SchemaLock, cancel).ConfigureAwait(false);
                if (!await HasTableAsync(connection, "private_keys", cancel).ConfigureAwait(false)) await RunAsync(connection, Table, cancel).ConfigureAwait(false);
                else if (!await HasColumnAsync(connection, "private_keys", "gun", cancel).ConfigureAwait(false)) await RunAsync(connection, Collections, cancel).ConfigureAwait(false);
                return true;
            }, cancel).ConfigureAwait(false);
            return new(database);
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<WrappedKey?> FindAsync(string id, CancellationToken cancel = default) => await FirstAsync("key_id = $1", cancel, Value(id)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<WrappedKey?> FindUnusedAsync(string gun, string role, string algorithm, CancellationToken cancel = default) =>
        await FirstAsync("gun = $1 AND role = $2 AND algorithm = $3 AND last_used IS NULL ORDER BY key_id LIMIT 1", cancel, Value(gun), Value(role), Value(algorithm)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task AddAsync(WrappedKey key, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        try
        {
            await database.InTransactionAsync("add a key", connection => RunAsync(connection, """
                INSERT INTO private_keys (created_at, updated_at, key_id, encryption_alg, keywrap_alg, algorithm, passphrase_alias, gun, role, public, private)
                VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """, cancel, Value(key.CreatedAt), Value(key.Id), Value(WrappedKey.EncryptionAlgorithm), Value(WrappedKey.WrapAlgorithm), Value(key.Algorithm), Value(key.PassphraseAlias), Value(key.Gun), Value(key.Role),
                Value(key.PublicKey.ToArray()), Value(Encoding.ASCII.GetBytes(key.Private))), cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            throw new KeelsonException(ErrorKind.AlreadyExists, "postgres: add a key", e.InnerException);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> MarkUsedAsync(string id, DateTimeOffset time, CancellationToken cancel = default) =>
        await AskAsync("mark a key", () => CountAsync("UPDATE private_keys SET last_used = $2, updated_at = $2 WHERE key_id = $1 AND deleted_at IS NULL", cancel, Value(id), Value(time)), cancel).ConfigureAwait(false) > 0;

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancel = default) =>
        await database.InTransactionAsync("delete a key", connection => RunAsync(connection, "DELETE FROM private_keys WHERE key_id = $1", cancel, Value(id)), cancel).ConfigureAwait(false) > 0;

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancel = default) => await FirstAsync("key_id = $1", cancel, Value("")).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => database.DisposeAsync();

    private async Task<int> CountAsync(string text, CancellationToken cancel, params NpgsqlParameter[] values)
    {
        await using NpgsqlCommand command = database.Source.CreateCommand(text);
        foreach (NpgsqlParameter value in values) command.Parameters.Add(value.Clone());
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private async Task<WrappedKey?> FirstAsync(string where, CancellationToken cancel, params NpgsqlParameter[] values)
    {
        List<WrappedKey> found = await database.QueryAsync("find a key", Columns + where, reader => new WrappedKey(
            reader.GetString(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), Encoding.ASCII.GetString(reader.GetFieldValue<byte[]>(3)), reader.GetString(4), reader.GetString(5), reader.GetString(6),
            TimeAt(reader, 7), reader.IsDBNull(8) ? null : TimeAt(reader, 8)), cancel, values).ConfigureAwait(false);
        return found is [{ } key, ..] ? key : null;
    }
}
