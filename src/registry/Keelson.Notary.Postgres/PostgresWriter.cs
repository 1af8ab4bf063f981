using Keelson.Notary.Stores;
using Npgsql;
using static Keelson.Notary.Postgres.PostgresDatabase;

namespace Keelson.Notary.Postgres;

/// <summary>Writes batches of changes.</summary>
internal sealed class PostgresWriter(PostgresDatabase database)
{
    // A row that was marked as deleted gives way; any other of this version or a later one stands.
    private const string Insert = """
        INSERT INTO tuf_files (created_at, updated_at, gun, role, version, sha256, data)
        SELECT $1, $1, $2, $3, $4, $5, $6
        WHERE NOT EXISTS (SELECT 1 FROM tuf_files WHERE gun = $2 AND role = $3 AND version >= $4 AND deleted_at IS NULL)
        ON CONFLICT (gun, role, version) DO UPDATE SET created_at = excluded.created_at, updated_at = excluded.updated_at, deleted_at = NULL, sha256 = excluded.sha256, data = excluded.data
        WHERE tuf_files.deleted_at IS NOT NULL
        """;

    private const string Timestamp = "SELECT sha256 FROM tuf_files WHERE gun = $1 AND role = 'timestamp' AND deleted_at IS NULL ORDER BY version DESC LIMIT 1";

    private const string Line = "INSERT INTO changefeed (created_at, gun, version, sha256, category) VALUES ($1, $2, $3, $4, $5)";

    /// <summary>Does a batch in one transaction.</summary>
    /// <exception cref="KeelsonException">Nothing of it was done, or it is not known whether it was.</exception>
    public async ValueTask WriteAsync(IReadOnlyList<TrustWrite> batch) => await database.InTransactionAsync("write", async connection =>
    {
        await RunAsync(connection, PostgresTrustStore.WriteLock, default).ConfigureAwait(false);
        foreach (TrustWrite change in batch)
            if (!change.IsGone) await WriteAsync(connection, change).ConfigureAwait(false);
        return true;
    }, default).ConfigureAwait(false);

    private static async Task WriteAsync(NpgsqlConnection connection, TrustWrite change)
    {
        try
        {
            if (change.Files is null) await DeleteAsync(connection, change).ConfigureAwait(false);
            else await UpdateAsync(connection, change, change.Files).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.StringDataRightTruncation or PostgresErrorCodes.CharacterNotInRepertoire)
        {
            change.Refusal = new(e.SqlState == PostgresErrorCodes.UniqueViolation ? ErrorKind.AlreadyExists : ErrorKind.InvalidArgument, $"update {change.Gun}", e);
        }
        await RunAsync(connection, change.HasChanged ? "RELEASE SAVEPOINT one" : "ROLLBACK TO SAVEPOINT one; RELEASE SAVEPOINT one", default).ConfigureAwait(false);
    }

    private static async Task UpdateAsync(NpgsqlConnection connection, TrustWrite change, IReadOnlyList<TrustFile> files)
    {
        await using NpgsqlBatch batch = new(connection);
        Add(batch, "SAVEPOINT one");
        // The one statement that gives rows; what follows it is taken back when they are not the expected ones.
        if (change.After is not null) Add(batch, Timestamp, Value(change.Gun));
        List<(NpgsqlBatchCommand Command, TrustFile File)> inserts = [];
        foreach (TrustFile file in files)
        {
            // A parameter's bytes are an array of their own.
            inserts.Add((Add(batch, Insert, Value(change.Time), Value(change.Gun), Value(file.Role), Value((int)file.Version), Value(file.Sha256), Value(file.Data.ToArray())), file));
            if (file.Role == "timestamp") Add(batch, Line, Value(change.Time), Value(change.Gun), Value((int)file.Version), Value(file.Sha256), Value("update"));
        }
        string present = await batch.ExecuteScalarAsync().ConfigureAwait(false) as string ?? "";
        if (change.After is { } after && after != present.Trim()) return;
        if (inserts.Find(insert => insert.Command.RecordsAffected == 0).File is { } refused) change.Refusal = TrustWrite.NotNewer(change.Gun, refused);
        else change.HasChanged = true;
    }

    private static async Task DeleteAsync(NpgsqlConnection connection, TrustWrite change)
    {
        await using NpgsqlBatch batch = new(connection);
        Add(batch, "SAVEPOINT one");
        NpgsqlBatchCommand delete = Add(batch, "DELETE FROM tuf_files WHERE gun = $1 AND deleted_at IS NULL", Value(change.Gun));
        Add(batch, "DELETE FROM tuf_files WHERE gun = $1", Value(change.Gun));
        await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
        if (delete.RecordsAffected == 0) return;
        await RunAsync(connection, Line, default, Value(change.Time), Value(change.Gun), Value(0), Value(""), Value("deletion")).ConfigureAwait(false);
        change.HasChanged = true;
    }

    private static NpgsqlBatchCommand Add(NpgsqlBatch batch, string text, params NpgsqlParameter[] values)
    {
        NpgsqlBatchCommand command = new(text);
        command.Parameters.AddRange(values);
        batch.BatchCommands.Add(command);
        return command;
    }
}
