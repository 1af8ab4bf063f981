using Keelson.Notary.Stores;
using Microsoft.Data.Sqlite;

namespace Keelson.Notary.Sqlite;

/// <summary>Collections in a SQLite database, in notary's tables. Several processes of one machine may have it open.</summary>
/// <remarks>
/// Write-ahead log: readers never wait. One connection writes; updates that come while it waits for the disk share the next transaction, each behind a savepoint of
/// its own. A database that notary's tests or tools made is adopted as it is; rows that it marked as deleted are not seen, and give way to new ones.
/// </remarks>
public sealed class SqliteTrustStore : ITrustStore
{
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS tuf_files (
            id integer PRIMARY KEY AUTOINCREMENT, created_at datetime, updated_at datetime, deleted_at datetime,
            gun varchar(255) NOT NULL, role varchar(255) NOT NULL, version integer NOT NULL, sha256 varchar(64), data longblob NOT NULL);
        CREATE UNIQUE INDEX IF NOT EXISTS idx_gun ON tuf_files (gun, role, version);
        CREATE INDEX IF NOT EXISTS tuf_files_sha256_idx ON tuf_files (sha256);
        """;

    private const string Feed = """
        CREATE TABLE changefeed (
            id integer PRIMARY KEY AUTOINCREMENT, created_at datetime, gun varchar(255) NOT NULL, version integer NOT NULL,
            sha256 varchar(64), category varchar(20) NOT NULL DEFAULT 'update');
        CREATE INDEX idx_changefeed_gun ON changefeed (gun);
        INSERT INTO changefeed (created_at, gun, version, sha256, category)
            SELECT created_at, gun, version, sha256, 'update' FROM tuf_files WHERE role = 'timestamp' AND deleted_at IS NULL ORDER BY created_at, id;
        """;

    private readonly SqliteOptions options;
    private readonly SqliteWriter writer;
    private readonly SqliteReaders readers;
    private readonly TrustWriteQueue queue;

    private SqliteTrustStore(SqliteOptions options, SqliteConnection connection)
    {
        this.options = options;
        writer = new(connection);
        readers = new(options);
        queue = new(Name, writer.WriteAsync);
    }

    /// <inheritdoc/>
    public string Name => "sqlite3";

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <summary>Opens a database, and makes the file and the tables where they are missing.</summary>
    /// <exception cref="KeelsonException">Unavailable: the file cannot be opened. DataLoss: it is no database.</exception>
    public static SqliteTrustStore Open(SqliteOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteFile.Open(options);
            SqliteFile.Prepare(connection, Tables);
            // An older schema has no feed, or one without removals.
            if (!SqliteFile.Names(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'").Contains("changefeed")) SqliteFile.Prepare(connection, Feed);
            else if (!SqliteFile.Names(connection, "SELECT name FROM pragma_table_info('changefeed')").Contains("category")) SqliteFile.Prepare(connection, "ALTER TABLE changefeed ADD COLUMN category varchar(20) NOT NULL DEFAULT 'update'");
            return new(options, connection);
        }
        catch (Exception e) when (SqliteFile.IsFault(e))
        {
            connection?.Dispose();
            throw SqliteFile.Fault($"open {options.Path}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<TrustFile?> FindAsync(string gun, string role, CancellationToken cancel = default) => new(TrustNames.AreStorable(gun, role) ? Read("find a file", reader => reader.Find(gun, role)) : null);

    /// <inheritdoc/>
    public ValueTask<TrustFile?> FindByHashAsync(string gun, string role, string sha256, CancellationToken cancel = default) =>
        new(TrustNames.AreStorable(gun, role, sha256) ? Read("find a file", reader => reader.FindByHash(gun, role, sha256)) : null);

    /// <inheritdoc/>
    public ValueTask<TrustFile?> FindByVersionAsync(string gun, string role, long version, CancellationToken cancel = default) =>
        new(TrustNames.AreStorable(gun, role) ? Read("find a file", reader => reader.FindByVersion(gun, role, version)) : null);

    /// <inheritdoc/>
    public Task UpdateAsync(string gun, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default) => queue.WriteAsync(TrustWrite.Update(gun, null, files, options.Time, cancel), cancel);

    /// <inheritdoc/>
    public Task<bool> UpdateAfterAsync(string gun, string timestampSha256, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default) =>
        queue.WriteAsync(TrustWrite.Update(gun, timestampSha256, files, options.Time, cancel), cancel);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string gun, CancellationToken cancel = default) => !TrustNames.AreStorable(gun) ? Task.FromResult(false) : queue.WriteAsync(TrustWrite.Delete(gun, options.Time, cancel), cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TrustChange>> ChangesAsync(string? gun, long changeId, int records, CancellationToken cancel = default) =>
        Task.FromResult(Read("read the feed of changes", reader => reader.Changes(gun, ChangeRange.Of(changeId, records))));

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListAsync(string after, int count, CancellationToken cancel = default) => Task.FromResult(Read("list collections", reader => reader.List(after, count)));

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancel = default)
    {
        Read("check", reader => reader.Find("", ""));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await queue.DisposeAsync().ConfigureAwait(false);
        readers.Dispose();
        writer.Dispose();
    }

    private T Read<T>(string what, Func<SqliteReader, T> ask)
    {
        try
        {
            return readers.Ask(ask);
        }
        catch (Exception e) when (SqliteFile.IsFault(e))
        {
            throw SqliteFile.Fault(what, e);
        }
    }
}
