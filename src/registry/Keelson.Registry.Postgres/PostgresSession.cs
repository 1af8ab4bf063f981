using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Keelson.Registry.Postgres;

/// <summary>A session of the database that holds the locks of a process: all of them are lost when it ends.</summary>
/// <remarks>
/// What is said in it is therefore said while they are held. Requests go one after the other. A lock is asked for and not waited for, since a session that waits can
/// do nothing else.
/// </remarks>
internal sealed class PostgresSession : IAsyncDisposable
{
    /// <summary>The server notices within 30 s that the machine of a client is gone, and a request that takes longer than 10 s is as good as a session that is lost.</summary>
    private const string Settings = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4; SET idle_session_timeout = 0; SET statement_timeout = '10s'";

    private readonly NpgsqlConnection connection;
    private readonly SemaphoreSlim gate = new(1, 1);

    private PostgresSession(NpgsqlConnection connection) => this.connection = connection;

    /// <summary>Whether it has ended: whatever was held is held no more.</summary>
    public bool IsLost { get; private set; }

    public static async Task<PostgresSession> OpenAsync(NpgsqlDataSource source, CancellationToken cancel)
    {
        NpgsqlConnection connection = await source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        try
        {
            await using NpgsqlCommand command = new(Settings, connection);
            await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
            return new(connection);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether it is a fault of the database or of the way there.</summary>
    public static bool IsOfDatabase(Exception error, CancellationToken cancel) =>
        error is NpgsqlException or IOException or TimeoutException or InvalidOperationException || error is OperationCanceledException && !cancel.IsCancellationRequested;

    /// <summary>Takes a lock unless another session has it.</summary>
    public async ValueTask<bool> TryLockAsync(string name, CancellationToken cancel)
    {
        // What was asked for may have been given: a request is not broken off.
        cancel.ThrowIfCancellationRequested();
        return (bool)(await AskAsync("lock", name, "SELECT pg_try_advisory_lock($1)", KeyOf(name)).ConfigureAwait(false))!;
    }

    /// <summary>Lets a lock go. One that is lost is gone already.</summary>
    public async ValueTask UnlockAsync(string name)
    {
        if (!IsLost) await AskAsync("unlock", name, "SELECT pg_advisory_unlock($1)", KeyOf(name)).ConfigureAwait(false);
    }

    /// <summary>Says or asks something while all locks are held.</summary>
    /// <returns>The first value of the first row; <see langword="null"/>: there is none.</returns>
    /// <exception cref="KeelsonException">Unavailable: it was not said, or it is not known whether it was; the locks are lost.</exception>
    public async ValueTask<object?> AskAsync<T>(string what, string name, string text, T value)
    {
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (IsLost) throw new KeelsonException(ErrorKind.Unavailable, $"coordination: {what} {name}: the session with its locks is lost");
            await using NpgsqlCommand command = new(text, connection);
            command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
            return await command.ExecuteScalarAsync().ConfigureAwait(false) is { } found and not DBNull ? found : null;
        }
        catch (Exception e) when (IsOfDatabase(e, CancellationToken.None))
        {
            // Whatever it was: a session that has failed once is given up with all that it holds, and nobody has to ask what is left of it.
            IsLost = true;
            await connection.CloseAsync().ConfigureAwait(false);
            throw new KeelsonException(ErrorKind.Unavailable, $"coordination: {what} {name}", e);
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        IsLost = true;
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private static long KeyOf(string name) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
