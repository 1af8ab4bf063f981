using Npgsql;

namespace Keelson.Notary.Postgres;

/// <summary>Connections to a database, and values as notary's driver writes them.</summary>
internal sealed class PostgresDatabase : IAsyncDisposable
{
    /// <summary>Statements that a connection keeps prepared: all that are asked.</summary>
    private const int PreparedLimit = 32;

    private const int Attempts = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(60);

    private PostgresDatabase(NpgsqlDataSource source) => Source = source;

    /// <summary>The pool.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Reads the connection's text; nothing is asked yet.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is none.</exception>
    public static PostgresDatabase Of(string connection)
    {
        try
        {
            NpgsqlConnectionStringBuilder text = new(connection);
            if (text.MaxAutoPrepare == 0) (text.MaxAutoPrepare, text.AutoPrepareMinUsages) = (PreparedLimit, 2);
            NpgsqlSlimDataSourceBuilder builder = new(text.ConnectionString);
            builder.EnableTransportSecurity();
            return new(builder.Build());
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The text has a password in it.
            throw new KeelsonException(ErrorKind.InvalidArgument, "postgres: the connection's text cannot be read");
        }
    }

    /// <summary>Asks what may be asked twice: of the connections in the pool each may have been closed by the server meanwhile.</summary>
    /// <exception cref="KeelsonException">Unavailable.</exception>
    public static async Task<T> AskAsync<T>(string what, Func<Task<T>> ask, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ask().ConfigureAwait(false);
            }
            catch (Exception e) when (IsFault(e, cancel))
            {
                if (attempt == Attempts || e is PostgresException { IsTransient: false, SqlState: not PostgresErrorCodes.AdminShutdown }) throw Fault(what, e);
            }
            await Task.Delay(Pause * attempt, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The rows of a query.</summary>
    public Task<List<T>> QueryAsync<T>(string what, string text, Func<NpgsqlDataReader, T> read, CancellationToken cancel, params NpgsqlParameter[] parameters) => AskAsync(what, async () =>
    {
        await using NpgsqlCommand command = Source.CreateCommand(text);
        // A parameter belongs to one command; a second attempt is another one.
        foreach (NpgsqlParameter parameter in parameters) command.Parameters.Add(parameter.Clone());
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        List<T> found = [];
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) found.Add(read(reader));
        return found;
    }, cancel);

    /// <summary>Does something in a transaction, once: when its end is not known it may have been done.</summary>
    public async Task<T> InTransactionAsync<T>(string what, Func<NpgsqlConnection, Task<T>> act, CancellationToken cancel)
    {
        try
        {
            await using NpgsqlConnection connection = await Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
            T result = await act(connection).ConfigureAwait(false);
            await transaction.CommitAsync(cancel).ConfigureAwait(false);
            return result;
        }
        catch (Exception e) when (IsFault(e, cancel))
        {
            throw Fault(what, e);
        }
    }

    /// <summary>Runs statements.</summary>
    public static async Task<int> RunAsync(NpgsqlConnection connection, string text, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        await using NpgsqlCommand command = new(text, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Whether there is such a table where names are looked up. Who may not make tables may still use those that are there.</summary>
    public static async Task<bool> HasTableAsync(NpgsqlConnection connection, string table, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new("SELECT to_regclass($1) IS NOT NULL", connection);
        command.Parameters.Add(Value(table));
        return (bool)(await command.ExecuteScalarAsync(cancel).ConfigureAwait(false))!;
    }

    /// <summary>Whether a table has a column.</summary>
    public static async Task<bool> HasColumnAsync(NpgsqlConnection connection, string table, string column, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new("SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped)", connection);
        command.Parameters.Add(Value(table));
        command.Parameters.Add(Value(column));
        return (bool)(await command.ExecuteScalarAsync(cancel).ConfigureAwait(false))!;
    }

    /// <summary>A parameter.</summary>
    public static NpgsqlParameter Value<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    /// <summary>A time in a column without a zone: notary writes its own clock's, which is UTC in a container.</summary>
    public static NpgsqlParameter Value(DateTimeOffset time) => new NpgsqlParameter<DateTime> { TypedValue = DateTime.SpecifyKind(time.UtcDateTime, DateTimeKind.Unspecified) };

    /// <summary>A time of such a column; the beginning of 1970 when there is none.</summary>
    public static DateTimeOffset TimeAt(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? DateTimeOffset.UnixEpoch : new(DateTime.SpecifyKind(reader.GetDateTime(column), DateTimeKind.Utc));

    /// <summary>Whether it is a fault of the database or of the way there.</summary>
    public static bool IsFault(Exception error, CancellationToken cancel) =>
        error is NpgsqlException or IOException or TimeoutException or InvalidOperationException || (error is OperationCanceledException && !cancel.IsCancellationRequested);

    /// <summary>A fault of the database as a caller sees it.</summary>
    public static KeelsonException Fault(string what, Exception error) => new(ErrorKind.Unavailable, "postgres: " + what, error);

    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
