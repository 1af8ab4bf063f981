using System.Data;
using Keelson.Notary.Stores;
using MySqlConnector;
using static Keelson.Notary.MySql.MySqlDatabase;

namespace Keelson.Notary.MySql;

/// <summary>Writes batches of changes.</summary>
internal sealed class MySqlWriter(MySqlDatabase database)
{
    private const string Newest = "SELECT version, sha256 FROM tuf_files WHERE gun = ? AND role = ? AND deleted_at IS NULL ORDER BY version DESC LIMIT 1";

    private const string Insert = "INSERT INTO tuf_files (created_at, updated_at, gun, role, version, sha256, data) VALUES (?, ?, ?, ?, ?, ?, ?)";

    private const string DeleteMarked = "DELETE FROM tuf_files WHERE gun = ? AND role = ? AND version = ? AND deleted_at IS NOT NULL";

    private const string Line = "INSERT INTO changefeed (created_at, gun, version, sha256, category) VALUES (?, ?, ?, ?, ?)";

    /// <summary>How often a batch is tried that a deadlock with another program's transaction takes back.</summary>
    private const int Attempts = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Does a batch in one transaction.</summary>
    /// <exception cref="KeelsonException">Nothing of it was done, or it is not known whether it was.</exception>
    public async ValueTask WriteAsync(IReadOnlyList<TrustWrite> batch) => await database.InTurnAsync("write", WriteTurn, connection => WriteAsync(connection, batch), default).ConfigureAwait(false);

    private static async Task<bool> WriteAsync(MySqlConnection connection, IReadOnlyList<TrustWrite> batch)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await using MySqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted).ConfigureAwait(false);
                foreach (TrustWrite change in batch)
                {
                    (change.Refusal, change.HasChanged) = (null, false);
                    if (!change.IsGone) await WriteAsync(connection, change).ConfigureAwait(false);
                }
                await transaction.CommitAsync().ConfigureAwait(false);
                return true;
            }
            catch (MySqlException e) when (e.ErrorCode == MySqlErrorCode.LockDeadlock && attempt < Attempts)
            {
                // InnoDB has taken the whole transaction back.
            }
            await Task.Delay(Pause * attempt).ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(MySqlConnection connection, TrustWrite change)
    {
        await RunAsync(connection, "SAVEPOINT one", default).ConfigureAwait(false);
        try
        {
            if (change.Files is null) await DeleteAsync(connection, change).ConfigureAwait(false);
            else await UpdateAsync(connection, change, change.Files).ConfigureAwait(false);
        }
        catch (MySqlException e) when (e.ErrorCode is MySqlErrorCode.DuplicateKeyEntry or MySqlErrorCode.LockWaitTimeout)
        {
            // Who waits too long waits for another one's publication of the same version.
            change.Refusal = new(ErrorKind.AlreadyExists, $"update {change.Gun}", e);
        }
        // A server that takes the whole transaction back when a lock is not to be had knows no savepoint any more, and the batch fails with that.
        await RunAsync(connection, change.HasChanged ? "RELEASE SAVEPOINT one" : "ROLLBACK TO SAVEPOINT one", default).ConfigureAwait(false);
    }

    private static async Task UpdateAsync(MySqlConnection connection, TrustWrite change, IReadOnlyList<TrustFile> files)
    {
        if (change.After is { } after && after != (await NewestAsync(connection, change.Gun, "timestamp").ConfigureAwait(false)).Sha256) return;
        foreach (TrustFile file in files)
        {
            if ((await NewestAsync(connection, change.Gun, file.Role).ConfigureAwait(false)).Version >= file.Version)
            {
                change.Refusal = TrustWrite.NotNewer(change.Gun, file);
                return;
            }
            await InsertAsync(connection, change, file).ConfigureAwait(false);
            if (file.Role == "timestamp") await RunAsync(connection, Line, default, Value(change.Time), change.Gun, (int)file.Version, file.Sha256, "update").ConfigureAwait(false);
        }
        change.HasChanged = true;
    }

    private static async Task<(long Version, string Sha256)> NewestAsync(MySqlConnection connection, string gun, string role)
    {
        List<(long, string)> found = await ReadAsync(connection, Newest, reader => (reader.GetInt64(0), reader.IsDBNull(1) ? "" : reader.GetString(1)), default, gun, role).ConfigureAwait(false);
        return found is [var newest] ? newest : (-1, "");
    }

    private static async Task InsertAsync(MySqlConnection connection, TrustWrite change, TrustFile file)
    {
        object[] values = [Value(change.Time), Value(change.Time), change.Gun, file.Role, (int)file.Version, file.Sha256, file.Data];
        try
        {
            await RunAsync(connection, Insert, default, values).ConfigureAwait(false);
        }
        catch (MySqlException e) when (e.ErrorCode == MySqlErrorCode.DuplicateKeyEntry)
        {
            // A row that was marked as deleted gives way; any other stands.
            if (await RunAsync(connection, DeleteMarked, default, change.Gun, file.Role, (int)file.Version).ConfigureAwait(false) == 0) throw;
            await RunAsync(connection, Insert, default, values).ConfigureAwait(false);
        }
    }

    private static async Task DeleteAsync(MySqlConnection connection, TrustWrite change)
    {
        int removed = await RunAsync(connection, "DELETE FROM tuf_files WHERE gun = ? AND deleted_at IS NULL", default, change.Gun).ConfigureAwait(false);
        if (removed == 0) return;
        await RunAsync(connection, "DELETE FROM tuf_files WHERE gun = ?", default, change.Gun).ConfigureAwait(false);
        await RunAsync(connection, Line, default, Value(change.Time), change.Gun, 0, "", "deletion").ConfigureAwait(false);
        change.HasChanged = true;
    }
}
