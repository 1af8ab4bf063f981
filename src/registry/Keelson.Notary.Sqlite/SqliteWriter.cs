using Keelson.Notary.Stores;
using Microsoft.Data.Sqlite;

namespace Keelson.Notary.Sqlite;

/// <summary>The connection that writes, with its statements prepared. One batch at a time.</summary>
internal sealed class SqliteWriter : IDisposable
{
    /// <summary>Primary result codes of sqlite3.h: a value breaks a rule of its column, and one that is too large for any.</summary>
    private const int Constraint = 19, TooBig = 18;

    private readonly SqliteConnection connection;
    private readonly SqliteCommand begin, commit, rollback, mark, keep, undo, timestamp, insert, line, delete, purge;

    /// <summary>Takes a connection, which is its own from here on.</summary>
    public SqliteWriter(SqliteConnection connection)
    {
        this.connection = connection;
        begin = SqliteFile.Command(connection, "BEGIN IMMEDIATE");
        commit = SqliteFile.Command(connection, "COMMIT");
        rollback = SqliteFile.Command(connection, "ROLLBACK");
        mark = SqliteFile.Command(connection, "SAVEPOINT one");
        keep = SqliteFile.Command(connection, "RELEASE one");
        undo = SqliteFile.Command(connection, "ROLLBACK TO one; RELEASE one");
        timestamp = SqliteFile.Command(connection, "SELECT sha256 FROM tuf_files WHERE gun = @gun AND role = 'timestamp' AND deleted_at IS NULL ORDER BY version DESC LIMIT 1", "@gun");
        // A row that was marked as deleted gives way; any other of this version or a later one stands.
        insert = SqliteFile.Command(connection, """
            INSERT INTO tuf_files (created_at, updated_at, gun, role, version, sha256, data)
            SELECT @time, @time, @gun, @role, @version, @sha256, @data
            WHERE NOT EXISTS (SELECT 1 FROM tuf_files WHERE gun = @gun AND role = @role AND version >= @version AND deleted_at IS NULL)
            ON CONFLICT (gun, role, version) DO UPDATE SET created_at = excluded.created_at, updated_at = excluded.updated_at, deleted_at = NULL, sha256 = excluded.sha256, data = excluded.data
            WHERE deleted_at IS NOT NULL
            """, "@time", "@gun", "@role", "@version", "@sha256", "@data");
        line = SqliteFile.Command(connection, "INSERT INTO changefeed (created_at, gun, version, sha256, category) VALUES (@time, @gun, @version, @sha256, @category)", "@time", "@gun", "@version", "@sha256", "@category");
        delete = SqliteFile.Command(connection, "DELETE FROM tuf_files WHERE gun = @gun AND deleted_at IS NULL", "@gun");
        purge = SqliteFile.Command(connection, "DELETE FROM tuf_files WHERE gun = @gun", "@gun");
    }

    /// <summary>Does a batch in one transaction.</summary>
    /// <exception cref="KeelsonException">Nothing of it was done.</exception>
    public ValueTask WriteAsync(IReadOnlyList<TrustWrite> batch)
    {
        try
        {
            begin.ExecuteNonQuery();
            try
            {
                foreach (TrustWrite change in batch)
                    if (!change.IsGone) Write(change);
                commit.ExecuteNonQuery();
            }
            catch
            {
                TryRollback();
                throw;
            }
        }
        catch (Exception e) when (SqliteFile.IsFault(e))
        {
            throw SqliteFile.Fault("write", e);
        }
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in (ReadOnlySpan<SqliteCommand>)[begin, commit, rollback, mark, keep, undo, timestamp, insert, line, delete, purge]) command.Dispose();
        connection.Dispose();
    }

    private void Write(TrustWrite change)
    {
        if (change.After is { } after && after != (timestamp.With(change.Gun).ExecuteScalar() as string ?? "")) return;
        mark.ExecuteNonQuery();
        try
        {
            if (change.Files is null) Delete(change);
            else Update(change, change.Files);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is Constraint or TooBig)
        {
            change.Refusal = new(e.SqliteErrorCode == Constraint ? ErrorKind.AlreadyExists : ErrorKind.InvalidArgument, $"update {change.Gun}", e);
        }
        (change.Refusal is null ? keep : undo).ExecuteNonQuery();
    }

    private void Update(TrustWrite change, IReadOnlyList<TrustFile> files)
    {
        string time = SqliteFile.Time(change.Time);
        foreach (TrustFile file in files)
        {
            if (insert.With(time, change.Gun, file.Role, file.Version, file.Sha256, file.Data.ToArray()).ExecuteNonQuery() == 0)
            {
                change.Refusal = TrustWrite.NotNewer(change.Gun, file);
                return;
            }
            if (file.Role == "timestamp") line.With(time, change.Gun, file.Version, file.Sha256, "update").ExecuteNonQuery();
        }
        change.HasChanged = true;
    }

    private void Delete(TrustWrite change)
    {
        change.HasChanged = delete.With(change.Gun).ExecuteNonQuery() > 0;
        purge.With(change.Gun).ExecuteNonQuery();
        if (change.HasChanged) line.With(SqliteFile.Time(change.Time), change.Gun, 0, "", "deletion").ExecuteNonQuery();
    }

    /// <summary>A full disk ends the transaction by itself, and then there is nothing to take back.</summary>
    private void TryRollback()
    {
        try
        {
            rollback.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // The fault before it is the one to tell.
        }
    }
}
