using System.Text;
using Keelson.Notary.Keys;
using MySqlConnector;
using static Keelson.Notary.MySql.MySqlDatabase;
using static Keelson.Notary.MySql.MySqlSchema;

namespace Keelson.Notary.MySql;

/// <summary>Wrapped keys in a database of MySQL or MariaDB, in notary's table <c>private_keys</c>. Several processes may share it, a notary-signer among them.</summary>
public sealed class MySqlKeyStore : IKeyStore
{
    private const string Table = $"""
        CREATE TABLE private_keys (
            id int NOT NULL AUTO_INCREMENT, created_at timestamp NULL DEFAULT NULL, updated_at timestamp NULL DEFAULT NULL, deleted_at timestamp NULL DEFAULT NULL,
            key_id varchar(255) NOT NULL, encryption_alg varchar(255) NOT NULL, keywrap_alg varchar(255) NOT NULL, algorithm varchar(50) NOT NULL,
            passphrase_alias varchar(50) NOT NULL, public blob NOT NULL, private blob NOT NULL, gun varchar(255) NOT NULL, role varchar(255) NOT NULL,
            last_used timestamp NULL DEFAULT NULL, PRIMARY KEY (id), UNIQUE KEY key_id (key_id), UNIQUE KEY key_id_2 (key_id, algorithm)) {Kind}
        """;

    // A table that says nothing of collections gives none of its keys away again: they may all have signed.
    private const string Collections = """
        ALTER TABLE private_keys ADD COLUMN gun varchar(255) NOT NULL DEFAULT '', ADD COLUMN role varchar(255) NOT NULL DEFAULT '', ADD COLUMN last_used timestamp NULL DEFAULT NULL
        """;

    private const string Columns = "SELECT key_id, algorithm, public, private, passphrase_alias, gun, role, created_at, last_used FROM private_keys WHERE deleted_at IS NULL AND ";

    private readonly MySqlDatabase database;

    private MySqlKeyStore(MySqlDatabase database) => this.database = database;

    /// <inheritdoc/>
    public string Name => "mysql";

    /// <summary>Connects, and makes the table where it is missing.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the address is none. FailedPrecondition: the table's names do not tell upper case from lower and cannot be changed. Unavailable: the database cannot be reached, or refuses.</exception>
    public static async Task<MySqlKeyStore> OpenAsync(MySqlOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        MySqlDatabase database = Of(options.Address);
        try
        {
            await database.InTurnAsync("make tables", SchemaTurn, async connection =>
            {
                if (!await HasTableAsync(connection, "private_keys", cancel).ConfigureAwait(false)) await ChangeAsync(connection, Table, cancel).ConfigureAwait(false);
                else if (!await HasColumnAsync(connection, "private_keys", "gun", cancel).ConfigureAwait(false)) await ChangeAsync(connection, Collections, cancel).ConfigureAwait(false);
                await MakeExactAsync(connection, "private_keys", ["gun", "role"], cancel).ConfigureAwait(false);
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
    public async ValueTask<WrappedKey?> FindAsync(string id, CancellationToken cancel = default) => (await FindAsync("key_id = ?", cancel, id).ConfigureAwait(false)).Find(key => key.Id == id);

    /// <inheritdoc/>
    public async ValueTask<WrappedKey?> FindUnusedAsync(string gun, string role, string algorithm, CancellationToken cancel = default)
    {
        List<WrappedKey> found = await FindAsync("gun = ? AND role = ? AND algorithm = ? AND last_used IS NULL ORDER BY key_id", cancel, gun, role, algorithm).ConfigureAwait(false);
        // Blanks at the end of a text are nothing when the database compares.
        return found.Find(key => key.Gun == gun && key.Role == role);
    }

    /// <inheritdoc/>
    public async Task AddAsync(WrappedKey key, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        try
        {
            await database.OnceAsync("add a key", connection => RunAsync(connection, """
                INSERT INTO private_keys (created_at, updated_at, key_id, encryption_alg, keywrap_alg, algorithm, passphrase_alias, gun, role, public, private)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, cancel, Value(key.CreatedAt), Value(key.CreatedAt), key.Id, WrappedKey.EncryptionAlgorithm, WrappedKey.WrapAlgorithm, key.Algorithm, key.PassphraseAlias, key.Gun, key.Role,
                key.PublicKey, Encoding.ASCII.GetBytes(key.Private)), cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.InnerException is MySqlException { ErrorCode: MySqlErrorCode.DuplicateKeyEntry })
        {
            throw new KeelsonException(ErrorKind.AlreadyExists, "mysql: add a key", e.InnerException);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> MarkUsedAsync(string id, DateTimeOffset time, CancellationToken cancel = default) =>
        // A row that is found counts, changed or not.
        await database.AskAsync("mark a key", connection => RunAsync(connection, "UPDATE private_keys SET last_used = ?, updated_at = ? WHERE key_id = ? AND deleted_at IS NULL", cancel, Value(time), Value(time), id), cancel).ConfigureAwait(false) > 0;

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancel = default) =>
        await database.OnceAsync("delete a key", connection => RunAsync(connection, "DELETE FROM private_keys WHERE key_id = ?", cancel, id), cancel).ConfigureAwait(false) > 0;

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancel = default) => await FindAsync("key_id = ?", cancel, "").ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => database.DisposeAsync();

    private Task<List<WrappedKey>> FindAsync(string where, CancellationToken cancel, params object[] values) => database.QueryAsync("find a key", Columns + where, reader => new WrappedKey(
        reader.GetString(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), Encoding.ASCII.GetString(reader.GetFieldValue<byte[]>(3)), reader.GetString(4), reader.GetString(5), reader.GetString(6),
        TimeAt(reader, 7), reader.IsDBNull(8) ? null : TimeAt(reader, 8)), cancel, values);
}
