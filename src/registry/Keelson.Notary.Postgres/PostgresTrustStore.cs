using Keelson.Notary.Stores;
using Npgsql;
using static Keelson.Notary.Postgres.PostgresDatabase;

namespace Keelson.Notary.Postgres;

/// <summary>Collections in a PostgreSQL database, in notary's tables. Many processes may share it, a notary-server among them.</summary>
/// <remarks>
/// A database of notary 0.7 is adopted as it is; what an older schema lacks is added: the feed of changes, its column of categories, the rule that a version of a role
/// is there once. Rows that are marked as deleted are not seen, and give way to new ones. Updates that wait at the same time share a transaction, each behind a
/// savepoint of its own. Transactions of these stores go one after the other, so that lines of the feed appear in the order of their numbers; against others the rule decides.
/// </remarks>
public sealed class PostgresTrustStore : ITrustStore
{
    private const string Files = """
        CREATE TABLE tuf_files (
            id serial PRIMARY KEY, created_at timestamp NULL, updated_at timestamp NULL, deleted_at timestamp NULL,
            gun varchar(255) NOT NULL, role varchar(255) NOT NULL, version integer NOT NULL, data bytea NOT NULL, sha256 char(64) DEFAULT NULL,
            UNIQUE (gun, role, version));
        CREATE INDEX tuf_files_sha256_idx ON tuf_files (sha256);
        """;

    private const string Categories = """
        CREATE TABLE change_category (category varchar(20) PRIMARY KEY);
        """;

    private const string CategoryValues = "INSERT INTO change_category VALUES ('update'), ('deletion') ON CONFLICT DO NOTHING";

    private const string Feed = """
        CREATE TABLE changefeed (
            id serial PRIMARY KEY, created_at timestamp DEFAULT CURRENT_TIMESTAMP, gun varchar(255) NOT NULL, version integer NOT NULL, sha256 char(64) DEFAULT NULL,
            category varchar(20) NOT NULL DEFAULT 'update' REFERENCES change_category);
        CREATE INDEX idx_changefeed_gun ON changefeed (gun);
        INSERT INTO changefeed (created_at, gun, version, sha256)
            SELECT created_at, gun, version, sha256 FROM tuf_files WHERE role = 'timestamp' AND deleted_at IS NULL ORDER BY created_at, id;
        """;

    private const string FeedCategory = "ALTER TABLE changefeed ADD COLUMN category varchar(20) NOT NULL DEFAULT 'update' REFERENCES change_category";

    private const string HasRule = """
        SELECT EXISTS (
            SELECT 1 FROM pg_index i WHERE i.indrelid = to_regclass('tuf_files') AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
            AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) = ARRAY['gun', 'role', 'version'])
        """;

    private const string Rule = "CREATE UNIQUE INDEX tuf_files_gun_role_version_idx ON tuf_files (gun, role, version)";

    private const string NameIndex = """CREATE INDEX keelson_tuf_files_gun_idx ON tuf_files (gun COLLATE "C")""";

    /// <summary>Seeks from name to name in the index: a collection has many rows.</summary>
    private const string NextNames = """
        WITH RECURSIVE names AS (
            (SELECT gun FROM tuf_files WHERE gun COLLATE "C" > $1 AND deleted_at IS NULL ORDER BY gun COLLATE "C" LIMIT 1)
            UNION ALL
            SELECT (SELECT next.gun FROM tuf_files next WHERE next.gun COLLATE "C" > names.gun AND next.deleted_at IS NULL ORDER BY next.gun COLLATE "C" LIMIT 1) FROM names WHERE names.gun IS NOT NULL)
        SELECT gun FROM names WHERE gun IS NOT NULL LIMIT $2
        """;

    /// <summary>The same without the index, which not everybody may make.</summary>
    private const string AllNames = """SELECT gun COLLATE "C" AS name FROM tuf_files WHERE gun COLLATE "C" > $1 AND deleted_at IS NULL GROUP BY name ORDER BY name LIMIT $2""";

    private const string FileColumns = "SELECT role, version::bigint, sha256, data, created_at FROM tuf_files WHERE gun = $1 AND role = $2 AND deleted_at IS NULL ";

    private const string Lines = "SELECT id::bigint, created_at, gun, version::bigint, sha256, category FROM changefeed WHERE id > $1 AND id < $2 ";

    /// <summary>Names the lock of those who make tables, and the lock of those who write.</summary>
    internal const string SchemaLock = "SELECT pg_advisory_xact_lock(4861276156)", WriteLock = "SELECT pg_advisory_xact_lock(4861276157)";

    private readonly PostgresDatabase database;
    private readonly PostgresOptions options;
    private readonly bool isIndexed;
    private readonly TrustWriteQueue queue;

    private PostgresTrustStore(PostgresDatabase database, PostgresOptions options, bool isIndexed)
    {
        (this.database, this.options, this.isIndexed) = (database, options, isIndexed);
        queue = new(Name, new PostgresWriter(database).WriteAsync);
    }

    /// <inheritdoc/>
    public string Name => "postgres";

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <summary>Connects, and makes the tables where they are missing.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the connection's text is none. Unavailable: the database cannot be reached, or refuses.</exception>
    public static async Task<PostgresTrustStore> OpenAsync(PostgresOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        PostgresDatabase database = Of(options.Connection);
        try
        {
            await database.InTransactionAsync("make tables", connection => PrepareAsync(connection, cancel), cancel).ConfigureAwait(false);
            return new(database, options, await HasIndexAsync(database, cancel).ConfigureAwait(false));
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<TrustFile?> FindAsync(string gun, string role, CancellationToken cancel = default) =>
        TrustNames.AreStorable(gun, role) ? await FindAsync("ORDER BY version DESC LIMIT 1", cancel, Value(gun), Value(role)).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    public async ValueTask<TrustFile?> FindByHashAsync(string gun, string role, string sha256, CancellationToken cancel = default) =>
        TrustNames.AreStorable(gun, role, sha256) ? await FindAsync("AND sha256 = $3::char(64) ORDER BY version LIMIT 1", cancel, Value(gun), Value(role), Value(sha256)).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    public async ValueTask<TrustFile?> FindByVersionAsync(string gun, string role, long version, CancellationToken cancel = default) =>
        TrustNames.AreStorable(gun, role) ? await FindAsync("AND version = $3", cancel, Value(gun), Value(role), Value(version)).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    public Task UpdateAsync(string gun, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default) => queue.WriteAsync(TrustWrite.Update(gun, null, files, options.Time, cancel), cancel);

    /// <inheritdoc/>
    public Task<bool> UpdateAfterAsync(string gun, string timestampSha256, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default) =>
        queue.WriteAsync(TrustWrite.Update(gun, timestampSha256, files, options.Time, cancel), cancel);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string gun, CancellationToken cancel = default) => !TrustNames.AreStorable(gun) ? Task.FromResult(false) : queue.WriteAsync(TrustWrite.Delete(gun, options.Time, cancel), cancel);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TrustChange>> ChangesAsync(string? gun, long changeId, int records, CancellationToken cancel = default)
    {
        if (gun is not null && !TrustNames.AreStorable(gun)) return [];
        ChangeRange range = ChangeRange.Of(changeId, records);
        string order = range.IsBackwards ? "ORDER BY id DESC LIMIT $3" : "ORDER BY id LIMIT $3";
        NpgsqlParameter[] values = [Value(range.Bounds.Above), Value(range.Bounds.Below), Value(range.Count), .. gun is null ? [] : (NpgsqlParameter[])[Value(gun)]];
        List<TrustChange> changes = await database.QueryAsync("read the feed of changes", Lines + (gun is null ? "" : "AND gun = $4 ") + order,
            // Columns of a fixed width are padded with blanks.
            reader => new TrustChange(reader.GetInt64(0), TimeAt(reader, 1), reader.GetString(2), reader.GetInt64(3), reader.IsDBNull(4) ? "" : reader.GetString(4).Trim(), reader.GetString(5) == "deletion"),
            cancel, values).ConfigureAwait(false);
        if (range.IsBackwards) changes.Reverse();
        return changes;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(string after, int count, CancellationToken cancel = default) =>
        await database.QueryAsync("list collections", isIndexed ? NextNames : AllNames, reader => reader.GetString(0), cancel, Value(after), Value(count)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancel = default) => await FindAsync("LIMIT 1", cancel, Value(""), Value("")).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await queue.DisposeAsync().ConfigureAwait(false);
        await database.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<TrustFile?> FindAsync(string rest, CancellationToken cancel, params NpgsqlParameter[] values)
    {
        List<TrustFile> found = await database.QueryAsync("find a file", FileColumns + rest,
            reader => new TrustFile(reader.GetString(0), reader.GetInt64(1), reader.IsDBNull(2) ? "" : reader.GetString(2).Trim(), reader.GetFieldValue<byte[]>(3), TimeAt(reader, 4)), cancel, values).ConfigureAwait(false);
        return found is [{ } file, ..] ? file : null;
    }

    private static async Task<bool> HasIndexAsync(PostgresDatabase database, CancellationToken cancel)
    {
        try
        {
            return await database.InTransactionAsync("make an index", async connection =>
            {
                await RunAsync(connection, SchemaLock, cancel).ConfigureAwait(false);
                if (!await HasTableAsync(connection, "keelson_tuf_files_gun_idx", cancel).ConfigureAwait(false)) await RunAsync(connection, NameIndex, cancel).ConfigureAwait(false);
                return true;
            }, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege })
        {
            return false;
        }
    }

    private static async Task<bool> PrepareAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await RunAsync(connection, SchemaLock, cancel).ConfigureAwait(false);
        if (!await HasTableAsync(connection, "tuf_files", cancel).ConfigureAwait(false)) await RunAsync(connection, Files, cancel).ConfigureAwait(false);
        else
        {
            await using NpgsqlCommand command = new(HasRule, connection);
            if (!(bool)(await command.ExecuteScalarAsync(cancel).ConfigureAwait(false))!) await RunAsync(connection, Rule, cancel).ConfigureAwait(false);
        }
        bool hasFeed = await HasTableAsync(connection, "changefeed", cancel).ConfigureAwait(false);
        bool hasCategory = hasFeed && await HasColumnAsync(connection, "changefeed", "category", cancel).ConfigureAwait(false);
        if (hasCategory) return true;
        if (!await HasTableAsync(connection, "change_category", cancel).ConfigureAwait(false)) await RunAsync(connection, Categories, cancel).ConfigureAwait(false);
        await RunAsync(connection, CategoryValues, cancel).ConfigureAwait(false);
        await RunAsync(connection, hasFeed ? FeedCategory : Feed, cancel).ConfigureAwait(false);
        return true;
    }
}
