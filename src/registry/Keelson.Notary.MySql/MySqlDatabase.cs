using System.Data;
using System.Net.Security;
using System.Net.Sockets;
using MySqlConnector;

namespace Keelson.Notary.MySql;

/// <summary>Connections to a database, and values as notary's driver writes them.</summary>
internal sealed class MySqlDatabase : IAsyncDisposable
{
    /// <summary>Names whose turn it is: of those who make tables, and of those who write.</summary>
    public const string SchemaTurn = "schema", WriteTurn = "write";

    private const int Attempts = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(60);

    // Less than what a command may take.
    private const int TurnSeconds = 25;

    /// <summary>What a connection begins with: what does not fit is an error, and who waits for another's lock hears of it. The zone stays the server's: notary writes UTC in it.</summary>
    private const string Session = """
        SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1, innodb_lock_wait_timeout = 5, lock_wait_timeout = 60;
        SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED
        """;

    // Names of locks are the server's, and have 64 characters at most.
    private const string TurnName = "CONCAT('keelson ', MD5(DATABASE()), ' ', ?)";

    private readonly MySqlDataSource source;

    private MySqlDatabase(MySqlDataSource source) => this.source = source;

    /// <summary>Reads the address; nothing is asked yet.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is none.</exception>
    public static MySqlDatabase Of(string address)
    {
        MySqlConnectionStringBuilder text = MySqlAddress.Parse(address);
        // A connection keeps its settings and its prepared statements while it is in the pool.
        (text.ConnectionReset, text.IgnorePrepare, text.IgnoreCommandTransaction) = (false, false, true);
        // The driver would look for a list of revoked certificates, as Go's does not, and find none where a company is its own authority.
        bool isVerified = text.SslMode == MySqlSslMode.VerifyFull;
        if (isVerified) text.SslMode = MySqlSslMode.Required;
        MySqlDataSourceBuilder builder = new(text.ConnectionString);
        if (isVerified) builder.UseRemoteCertificateValidationCallback((_, _, _, errors) => errors == SslPolicyErrors.None);
        builder.UseConnectionOpenedCallback(async (context, cancel) =>
        {
            if (context.Conditions.HasFlag(MySqlConnectionOpenedConditions.New)) await RunAsync(context.Connection, Session, cancel).ConfigureAwait(false);
        });
        return new(builder.Build());
    }

    /// <summary>Asks what may be asked twice: a connection may end at any time.</summary>
    /// <exception cref="KeelsonException">Unavailable.</exception>
    public async Task<T> AskAsync<T>(string what, Func<MySqlConnection, Task<T>> ask, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await using MySqlConnection connection = await source.OpenConnectionAsync(cancel).ConfigureAwait(false);
                return await ask(connection).ConfigureAwait(false);
            }
            catch (Exception e) when (IsFault(e, cancel))
            {
                if (attempt == Attempts || !IsPassing(e)) throw Fault(what, e);
            }
            // The others in the pool may have ended too.
            await source.ClearAsync(cancel).ConfigureAwait(false);
            await Task.Delay(Pause * attempt, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The rows of a query.</summary>
    public Task<List<T>> QueryAsync<T>(string what, string text, Func<MySqlDataReader, T> read, CancellationToken cancel, params object[] values) =>
        AskAsync(what, connection => ReadAsync(connection, text, read, cancel, values), cancel);

    /// <summary>Does something once: when its end is not known it may have been done.</summary>
    /// <exception cref="KeelsonException">Unavailable.</exception>
    public async Task<T> OnceAsync<T>(string what, Func<MySqlConnection, Task<T>> act, CancellationToken cancel)
    {
        try
        {
            await using MySqlConnection connection = await OpenAsync(cancel).ConfigureAwait(false);
            return await act(connection).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFault(e, cancel))
        {
            throw Fault(what, e);
        }
    }

    /// <summary>Does something in turn, one process after the other, once: when its end is not known it may have been done.</summary>
    /// <exception cref="KeelsonException">Unavailable.</exception>
    public Task<T> InTurnAsync<T>(string what, string turn, Func<MySqlConnection, Task<T>> act, CancellationToken cancel) => OnceAsync(what, async connection =>
    {
        List<bool> isOurs = await ReadAsync(connection, $"SELECT GET_LOCK({TurnName}, {TurnSeconds})", reader => !reader.IsDBNull(0) && reader.GetInt64(0) == 1, cancel, turn).ConfigureAwait(false);
        if (isOurs is not [true]) throw new KeelsonException(ErrorKind.Unavailable, $"mysql: {what}: others have had their turn for {TurnSeconds} s");
        try
        {
            return await act(connection).ConfigureAwait(false);
        }
        finally
        {
            await EndTurnAsync(connection, turn).ConfigureAwait(false);
        }
    }, cancel);

    /// <summary>Runs statements.</summary>
    /// <returns>How many rows they changed.</returns>
    public static async Task<int> RunAsync(MySqlConnection connection, string text, CancellationToken cancel, params object[] values)
    {
        await using MySqlCommand command = await PrepareAsync(connection, text, cancel, values).ConfigureAwait(false);
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>The rows of a query by a connection.</summary>
    public static async Task<List<T>> ReadAsync<T>(MySqlConnection connection, string text, Func<MySqlDataReader, T> read, CancellationToken cancel, params object[] values)
    {
        await using MySqlCommand command = await PrepareAsync(connection, text, cancel, values).ConfigureAwait(false);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        List<T> found = [];
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) found.Add(read(reader));
        return found;
    }

    /// <summary>A time as notary writes it: its own clock's, which is UTC in a container, in whole seconds.</summary>
    public static DateTime Value(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), DateTimeKind.Unspecified);

    /// <summary>A time of such a column; the beginning of 1970 when there is none.</summary>
    public static DateTimeOffset TimeAt(MySqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? DateTimeOffset.UnixEpoch : new(DateTime.SpecifyKind(reader.GetDateTime(column), DateTimeKind.Utc));

    /// <summary>Whether names are kept as they are. Blanks at the end of a text are nothing when texts are compared.</summary>
    public static bool AreStorable(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (name.EndsWith(' ')) return false;
        return Stores.TrustNames.AreStorable(names);
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static async Task<MySqlCommand> PrepareAsync(MySqlConnection connection, string text, CancellationToken cancel, params object[] values)
    {
        MySqlCommand command = new(text, connection);
        foreach (object value in values) command.Parameters.Add(new MySqlParameter { Value = value });
        // Values go beside the text then, and the text is parsed once.
        if (values.Length > 0) await command.PrepareAsync(cancel).ConfigureAwait(false);
        return command;
    }

    /// <summary>A connection that answers.</summary>
    private async Task<MySqlConnection> OpenAsync(CancellationToken cancel)
    {
        MySqlConnection connection = await source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        if (await connection.PingAsync(cancel).ConfigureAwait(false)) return connection;
        await connection.DisposeAsync().ConfigureAwait(false);
        await source.ClearAsync(cancel).ConfigureAwait(false);
        return await source.OpenConnectionAsync(cancel).ConfigureAwait(false);
    }

    private async Task EndTurnAsync(MySqlConnection connection, string turn)
    {
        // With a connection that broke its turn has ended.
        if (connection.State != ConnectionState.Open) return;
        try
        {
            await RunAsync(connection, $"DO RELEASE_LOCK({TurnName})", default, turn).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFault(e, default))
        {
            // What was done in the turn stays done; the connection is not used again, and its turn ends with it.
            await source.ClearAsync().ConfigureAwait(false);
        }
    }

    private static bool IsFault(Exception error, CancellationToken cancel) =>
        error is MySqlException or SocketException or IOException or TimeoutException or InvalidOperationException || (error is OperationCanceledException && !cancel.IsCancellationRequested);

    private static bool IsPassing(Exception error) => error is not MySqlException fault || fault.IsTransient || fault.ErrorCode is MySqlErrorCode.None or MySqlErrorCode.ServerShutdown or MySqlErrorCode.AbortingConnection or ConnectionKilled;

    // MariaDB's.
    private const MySqlErrorCode ConnectionKilled = (MySqlErrorCode)1927;

    private static KeelsonException Fault(string what, Exception error) => new(ErrorKind.Unavailable, "mysql: " + what, error);
}
