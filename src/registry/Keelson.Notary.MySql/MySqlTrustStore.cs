using Keelson.Notary.Stores;
using MySqlConnector;
using static Keelson.Notary.MySql.MySqlDatabase;
using static Keelson.Notary.MySql.MySqlSchema;

namespace Keelson.Notary.MySql;

/// <summary>Collections in a database of MySQL or MariaDB, in notary's tables. Many processes may share it, a notary-server among them.</summary>
/// <remarks>
/// A database of notary 0.7 is adopted; its names come to tell upper case from lower, and what an older schema lacks is added: the feed of changes, its column of categories,
/// the rule that a version of a role is there once. Rows that are marked as deleted are not seen, and give way to new ones. Updates that wait at the same time share a
/// transaction, each behind a savepoint of its own. Transactions of these stores go one after the other, so that lines of the feed appear in the order of their numbers;
/// against others the rule decides.
/// </remarks>
public sealed class MySqlTrustStore : ITrustStore
{
    private const string Files = $"""
        CREATE TABLE tuf_files (
            id int NOT NULL AUTO_INCREMENT, created_at timestamp NULL DEFAULT NULL, updated_at timestamp NULL DEFAULT NULL, deleted_at timestamp NULL DEFAULT NULL,
            gun varchar(255) NOT NULL, role varchar(255) NOT NULL, version int NOT NULL, data longblob NOT NULL, sha256 char(64) DEFAULT NULL,
            PRIMARY KEY (id), UNIQUE KEY gun (gun, role, version), KEY sha256 (sha256)) {Kind}
        """;

    private const string Categories = $"CREATE TABLE change_category (category varchar(20) NOT NULL, PRIMARY KEY (category)) {Kind}";

    private const string CategoryValues = "INSERT IGNORE INTO change_category VALUES ('update'), ('deletion')";

    private const string FeedCategory = $"ALTER TABLE changefeed ADD COLUMN {Category}, ADD FOREIGN KEY (category) REFERENCES change_category (category)";

    private const string Category = "category varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'update'";

    // The feed gets its name when it is filled.
    private static readonly string[] Feed =
    [
        "DROP TABLE IF EXISTS keelson_changefeed",
        $"""
        CREATE TABLE keelson_changefeed (
            id int NOT NULL AUTO_INCREMENT, created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, gun varchar(255) NOT NULL, version int NOT NULL, sha256 char(64) DEFAULT NULL, {Category},
            PRIMARY KEY (id), KEY idx_changefeed_gun (gun), FOREIGN KEY (category) REFERENCES change_category (category)) {Kind}
        """,
        """
        INSERT INTO keelson_changefeed (created_at, gun, version, sha256)
            SELECT COALESCE(created_at, CURRENT_TIMESTAMP), gun, version, sha256 FROM tuf_files WHERE role = 'timestamp' AND deleted_at IS NULL ORDER BY created_at, id
        """,
        "RENAME TABLE keelson_changefeed TO changefeed",
    ];

    private const string HasRule = """
        SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'tuf_files' AND non_unique = 0
        GROUP BY index_name HAVING GROUP_CONCAT(column_name ORDER BY column_name) = 'gun,role,version' AND MAX(sub_part) IS NULL
        """;

    private const string Rule = "ALTER TABLE tuf_files ADD UNIQUE KEY gun (gun, role, version)";

    private const string FileColumns = "SELECT role, version, sha256, data, created_at FROM tuf_files WHERE gun = ? AND role = ? AND deleted_at IS NULL ";

    private const string Lines = "SELECT id, created_at, gun, version, sha256, category FROM changefeed WHERE id > ? AND id < ? ";

    private readonly MySqlDatabase database;
    private readonly MySqlOptions options;
    private readonly TrustWriteQueue queue;

    private MySqlTrustStore(MySqlDatabase database, MySqlOptions options)
    {
        (this.database, this.options) = (database, options);
        queue = new(Name, new MySqlWriter(database).WriteAsync);
    }

    /// <inheritdoc/>
    public string Name => "mysql";

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <summary>Connects, and makes the tables where they are missing.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the address is none. FailedPrecondition: a table has no transactions, or its names do not tell upper case from lower and cannot be changed. Unavailable: the database cannot be reached, or refuses.</exception>
    public static async Task<MySqlTrustStore> OpenAsync(MySqlOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        MySqlDatabase database = Of(options.Address);
        try
        {
            await database.InTurnAsync("make tables", SchemaTurn, connection => PrepareAsync(connection, cancel), cancel).ConfigureAwait(false);
            return new(database, options);
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<TrustFile?> FindAsync(string gun, string role, CancellationToken cancel = default) =>
        AreStorable(gun, role) ? await FindAsync("ORDER BY version DESC LIMIT 1", cancel, gun, role).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    public async ValueTask<TrustFile?> FindByHashAsync(string gun, string role, string sha256, CancellationToken cancel = default)
    {
        if (!AreStorable(gun, role, sha256)) return null;
        TrustFile? found = await FindAsync("AND sha256 = ? ORDER BY version LIMIT 1", cancel, gun, role, sha256).ConfigureAwait(false);
        // Digits of notary's table have no case.
        return found?.Sha256 == sha256 ? found : null;
    }

    /// <inheritdoc/>
    public async ValueTask<TrustFile?> FindByVersionAsync(string gun, string role, long version, CancellationToken cancel = default) =>
        AreStorable(gun, role) ? await FindAsync("AND version = ?", cancel, gun, role, version).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    public Task UpdateAsync(string gun, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default) => WriteAsync(gun, null, files, cancel);

    /// <inheritdoc/>
    public Task<bool> UpdateAfterAsync(string gun, string timestampSha256, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default) => WriteAsync(gun, timestampSha256, files, cancel);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string gun, CancellationToken cancel = default) => !AreStorable(gun) ? Task.FromResult(false) : queue.WriteAsync(TrustWrite.Delete(gun, options.Time, cancel), cancel);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TrustChange>> ChangesAsync(string? gun, long changeId, int records, CancellationToken cancel = default)
    {
        if (gun is not null && !AreStorable(gun)) return [];
        ChangeRange range = ChangeRange.Of(changeId, records);
        string text = Lines + (gun is null ? "" : "AND gun = ? ") + (range.IsBackwards ? "ORDER BY id DESC LIMIT ?" : "ORDER BY id LIMIT ?");
        List<TrustChange> changes = await database.QueryAsync("read the feed of changes", text,
            reader => new TrustChange(reader.GetInt64(0), TimeAt(reader, 1), reader.GetString(2), reader.GetInt64(3), reader.IsDBNull(4) ? "" : reader.GetString(4), reader.GetString(5) == "deletion"),
            cancel, [range.Bounds.Above, range.Bounds.Below, .. gun is null ? [] : (object[])[gun], range.Count]).ConfigureAwait(false);
        if (range.IsBackwards) changes.Reverse();
        return changes;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(string after, int count, CancellationToken cancel = default) =>
        await database.QueryAsync("list collections", "SELECT DISTINCT gun FROM tuf_files WHERE gun > ? AND deleted_at IS NULL ORDER BY gun LIMIT ?", reader => reader.GetString(0), cancel, after, count).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancel = default) => await FindAsync("LIMIT 1", cancel, "", "").ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await queue.DisposeAsync().ConfigureAwait(false);
        await database.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<bool> WriteAsync(string gun, string? after, IReadOnlyList<TrustUpdate> files, CancellationToken cancel)
    {
        if (!files.All(file => AreStorable(gun, file.Role))) throw new KeelsonException(ErrorKind.InvalidArgument, "update: the name of the collection or of a role cannot be kept");
        return await queue.WriteAsync(TrustWrite.Update(gun, after, files, options.Time, cancel), cancel).ConfigureAwait(false);
    }

    private async Task<TrustFile?> FindAsync(string rest, CancellationToken cancel, params object[] values)
    {
        List<TrustFile> found = await database.QueryAsync("find a file", FileColumns + rest,
            reader => new TrustFile(reader.GetString(0), reader.GetInt64(1), reader.IsDBNull(2) ? "" : reader.GetString(2), reader.GetFieldValue<byte[]>(3), TimeAt(reader, 4)), cancel, values).ConfigureAwait(false);
        return found is [{ } file, ..] ? file : null;
    }

    private static async Task<bool> PrepareAsync(MySqlConnection connection, CancellationToken cancel)
    {
        if (!await HasTableAsync(connection, "tuf_files", cancel).ConfigureAwait(false)) await ChangeAsync(connection, Files, cancel).ConfigureAwait(false);
        await MakeExactAsync(connection, "tuf_files", ["gun", "role"], cancel).ConfigureAwait(false);
        if ((await ReadAsync(connection, HasRule, reader => reader.GetString(0), cancel).ConfigureAwait(false)).Count == 0) await ChangeAsync(connection, Rule, cancel).ConfigureAwait(false);
        bool hasFeed = await HasTableAsync(connection, "changefeed", cancel).ConfigureAwait(false);
        if (!hasFeed || !await HasColumnAsync(connection, "changefeed", "category", cancel).ConfigureAwait(false))
        {
            if (!await HasTableAsync(connection, "change_category", cancel).ConfigureAwait(false)) await ChangeAsync(connection, Categories, cancel).ConfigureAwait(false);
            await RunAsync(connection, CategoryValues, cancel).ConfigureAwait(false);
            foreach (string step in hasFeed ? [FeedCategory] : Feed) await ChangeAsync(connection, step, cancel).ConfigureAwait(false);
        }
        await MakeExactAsync(connection, "changefeed", ["gun"], cancel).ConfigureAwait(false);
        return true;
    }
}
