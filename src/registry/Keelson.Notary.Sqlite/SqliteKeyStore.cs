using Keelson.Notary.Keys;
using Microsoft.Data.Sqlite;

namespace Keelson.Notary.Sqlite;

/// <summary>Wrapped keys in a SQLite database, in notary's table <c>private_keys</c>. It may be the database of the collections too.</summary>
public sealed class SqliteKeyStore : IKeyStore
{
    /// <summary>Primary result code of sqlite3.h: a value breaks a rule of its column.</summary>
    private const int Constraint = 19;

    private const string Table = """
        CREATE TABLE IF NOT EXISTS private_keys (
            id integer PRIMARY KEY AUTOINCREMENT, created_at datetime, updated_at datetime, deleted_at datetime,
            key_id varchar(255) NOT NULL UNIQUE, encryption_alg varchar(255) NOT NULL, keywrap_alg varchar(255) NOT NULL, algorithm varchar(50) NOT NULL,
            passphrase_alias varchar(50) NOT NULL, gun varchar(255) NOT NULL, role varchar(255) NOT NULL, public blob NOT NULL, private blob NOT NULL, last_used datetime);
        CREATE INDEX IF NOT EXISTS private_keys_gun_idx ON private_keys (gun, role);
        """;

    private const string Columns = "SELECT key_id, algorithm, CAST(public AS blob), CAST(private AS text), passphrase_alias, gun, role, created_at, last_used FROM private_keys WHERE deleted_at IS NULL AND ";

    private readonly SqliteConnection connection;
    private readonly Lock gate = new();

    private SqliteKeyStore(SqliteConnection connection) => this.connection = connection;

    /// <inheritdoc/>
    public string Name => "sqlite3";

    /// <summary>Opens a database, and makes the file and the table where they are missing.</summary>
    /// <exception cref="KeelsonException">Unavailable: the file cannot be opened. DataLoss: it is no database.</exception>
    public static SqliteKeyStore Open(SqliteOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteFile.Open(options);
            // What is removed is overwritten.
            SqliteFile.Run(connection, "PRAGMA secure_delete=ON");
            SqliteFile.Prepare(connection, Table);
            return new(connection);
        }
        catch (Exception e) when (SqliteFile.IsFault(e))
        {
            connection?.Dispose();
            throw SqliteFile.Fault($"open {options.Path}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<WrappedKey?> FindAsync(string id, CancellationToken cancel = default) =>
        new(Ask("find a key", Columns + "key_id = @id", Key, ["@id"], id));

    /// <inheritdoc/>
    public ValueTask<WrappedKey?> FindUnusedAsync(string gun, string role, string algorithm, CancellationToken cancel = default) =>
        new(Ask("find a key", Columns + "gun = @gun AND role = @role AND algorithm = @algorithm AND last_used IS NULL ORDER BY key_id LIMIT 1", Key, ["@gun", "@role", "@algorithm"], gun, role, algorithm));

    /// <inheritdoc/>
    public Task AddAsync(WrappedKey key, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        Ask("add a key", """
            INSERT INTO private_keys (created_at, updated_at, key_id, encryption_alg, keywrap_alg, algorithm, passphrase_alias, gun, role, public, private, last_used)
            VALUES (@time, @time, @id, @encryption, @wrap, @algorithm, @alias, @gun, @role, @public, @private, @used)
            """, command => command.ExecuteNonQuery(), ["@time", "@id", "@encryption", "@wrap", "@algorithm", "@alias", "@gun", "@role", "@public", "@private", "@used"],
            SqliteFile.Time(key.CreatedAt), key.Id, WrappedKey.EncryptionAlgorithm, WrappedKey.WrapAlgorithm, key.Algorithm, key.PassphraseAlias, key.Gun, key.Role,
            key.PublicKey.ToArray(), System.Text.Encoding.ASCII.GetBytes(key.Private), key.LastUsed is { } used ? SqliteFile.Time(used) : null);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> MarkUsedAsync(string id, DateTimeOffset time, CancellationToken cancel = default) =>
        Task.FromResult(Ask("mark a key", "UPDATE private_keys SET last_used = @time, updated_at = @time WHERE key_id = @id AND deleted_at IS NULL", command => command.ExecuteNonQuery() > 0, ["@time", "@id"], SqliteFile.Time(time), id));

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string id, CancellationToken cancel = default) =>
        Task.FromResult(Ask("delete a key", "DELETE FROM private_keys WHERE key_id = @id", command => command.ExecuteNonQuery() > 0, ["@id"], id));

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancel = default)
    {
        Ask("check", "SELECT 1 FROM private_keys LIMIT 1", command => command.ExecuteScalar(), []);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (gate) connection.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Keys are parsed once, so one connection is enough.</summary>
    private T Ask<T>(string what, string text, Func<SqliteCommand, T> ask, ReadOnlySpan<string> names, params ReadOnlySpan<object?> values)
    {
        lock (gate)
        {
            try
            {
                using SqliteCommand command = SqliteFile.Command(connection, text, names);
                return ask(command.With(values));
            }
            catch (SqliteException e) when (e.SqliteErrorCode == Constraint)
            {
                throw new KeelsonException(ErrorKind.AlreadyExists, "sqlite3: " + what, e);
            }
            catch (Exception e) when (SqliteFile.IsFault(e))
            {
                throw SqliteFile.Fault(what, e);
            }
        }
    }

    private static WrappedKey? Key(SqliteCommand command)
    {
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read()
            ? new(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6), SqliteFile.TimeAt(reader, 7), reader.IsDBNull(8) ? null : SqliteFile.TimeAt(reader, 8))
            : null;
    }
}
