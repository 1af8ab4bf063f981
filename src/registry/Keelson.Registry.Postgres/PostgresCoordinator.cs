using System.Buffers;
using Keelson.Registry.Coordination;
using Npgsql;

namespace Keelson.Registry.Postgres;

/// <summary>Locks of registries that share a store, and what they tell each other, in PostgreSQL.</summary>
/// <remarks>
/// A process has one session of the database for all its locks (<see cref="PostgresSession"/>); others of a pool ask for versions. Names are held in the process
/// first, so the database sees one request of a process for each.
/// <code>
/// keelson_change   names whose content is being changed, and since when
/// keelson_version  names and how often they have changed
/// keelson_mark     names that were marked, numbered by a sequence
/// </code>
/// </remarks>
public sealed class PostgresCoordinator : IRegistryCoordinator
{
    private const string Schema = """
        SELECT pg_advisory_xact_lock(4861276155);
        CREATE TABLE IF NOT EXISTS keelson_change (name text PRIMARY KEY, since timestamptz NOT NULL);
        CREATE TABLE IF NOT EXISTS keelson_version (name text PRIMARY KEY, version bigint NOT NULL);
        CREATE SEQUENCE IF NOT EXISTS keelson_mark_number;
        CREATE TABLE IF NOT EXISTS keelson_mark (name text PRIMARY KEY, number bigint NOT NULL);
        """;

    /// <summary>Pauses between two requests for a lock that another process has.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2), LastPause = TimeSpan.FromMilliseconds(60);

    private const int Attempts = 4;

    private static readonly SearchValues<char> MemberLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    private readonly NpgsqlDataSource source, sessions;
    private readonly PostgresOptions options;
    private readonly KeyedLock local = new();
    private readonly SemaphoreSlim opening = new(1, 1);
    private PostgresSession? session;
    private IRegistryLock? membership;

    private PostgresCoordinator(NpgsqlDataSource source, NpgsqlDataSource sessions, PostgresOptions options)
    {
        (this.source, this.sessions, this.options) = (source, sessions, options);
        Member = options.Member ?? Guid.NewGuid().ToString("N");
    }

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public string Member { get; }

    /// <summary>Connects, and makes the tables where they are missing.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the connection's text is none, the name of the store has a colon, or that of the member cannot be one. AlreadyExists: another process has this name. Unavailable: the database cannot be reached, or refuses.</exception>
    public static async Task<PostgresCoordinator> OpenAsync(PostgresOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        // Names of others would begin with it.
        if (options.Store.Contains(':', StringComparison.Ordinal)) throw new KeelsonException(ErrorKind.InvalidArgument, $"coordination: the name of the store has a colon: {options.Store}");
        if (options.Member is { } member && (member.Length is 0 or > 64 || !char.IsAsciiLetterOrDigit(member[0]) || member.AsSpan().ContainsAnyExcept(MemberLetters))) throw new KeelsonException(ErrorKind.InvalidArgument, $"coordination: '{member}' is no name of a member");
        NpgsqlDataSource source, sessions;
        try
        {
            source = Source(new(options.Connection));
            // A connection that goes back to a pool keeps its locks until it is used again.
            sessions = Source(new(options.Connection) { Pooling = false });
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The text has a password in it.
            throw new KeelsonException(ErrorKind.InvalidArgument, "coordination: the connection's text cannot be read");
        }
        PostgresCoordinator made = new(source, sessions, options);
        try
        {
            await RunAsync("make tables", async () =>
            {
                await using NpgsqlCommand command = source.CreateCommand(Schema);
                await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
                return true;
            }, cancel).ConfigureAwait(false);
            if (options.Member is not null) await made.JoinAsync(cancel).ConfigureAwait(false);
            return made;
        }
        catch
        {
            await made.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IRegistryLock> EnterAsync(string name, CancellationToken cancel)
    {
        KeyedLock.Holder here = await local.EnterAsync(name, cancel).ConfigureAwait(false);
        try
        {
            for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LastPause ? pause * 2 : LastPause)
            {
                if (await TryEnterAsync(here, name, cancel).ConfigureAwait(false) is { } held) return held;
                // Not all at the same time.
                await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), cancel).ConfigureAwait(false);
            }
        }
        catch
        {
            here.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> VersionAsync(string name, CancellationToken cancel) => RunAsync("read a version", async () =>
    {
        await using NpgsqlCommand command = source.CreateCommand("SELECT version FROM keelson_version WHERE name = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"{options.Store}:{name}" });
        return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) is long version ? version : 0;
    }, cancel);

    /// <inheritdoc/>
    public ValueTask<IMarkWatch> WatchAsync(CancellationToken cancel) => RunAsync<IMarkWatch>("begin to watch", async () =>
    {
        await using NpgsqlCommand command = source.CreateCommand("SELECT nextval('keelson_mark_number')");
        return new PostgresWatch(source, options.Store, (long)(await command.ExecuteScalarAsync(cancel).ConfigureAwait(false))!);
    }, cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (membership is not null) await membership.DisposeAsync().ConfigureAwait(false);
        if (session is not null) await session.DisposeAsync().ConfigureAwait(false);
        await source.DisposeAsync().ConfigureAwait(false);
        await sessions.DisposeAsync().ConfigureAwait(false);
        opening.Dispose();
    }

    /// <summary>Asks the database what may be asked twice: of the connections in the pool each may have been closed by the server meanwhile.</summary>
    internal static async ValueTask<T> RunAsync<T>(string what, Func<Task<T>> ask, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ask().ConfigureAwait(false);
            }
            catch (Exception e) when (PostgresSession.IsOfDatabase(e, cancel))
            {
                if (attempt == Attempts) throw new KeelsonException(ErrorKind.Unavailable, "coordination: " + what, e);
            }
            await Task.Delay(LastPause * attempt, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the member's name. The database may not have noticed yet that the one before has gone with its machine.</summary>
    private async ValueTask JoinAsync(CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(options.Settling);
        try
        {
            membership = await EnterAsync("member/" + Member, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new KeelsonException(ErrorKind.AlreadyExists, $"coordination: another registry on the store {options.Store} is called {Member}");
        }
    }

    /// <summary>Asks for a name once, in another session when the present one turns out to have ended.</summary>
    private async ValueTask<IRegistryLock?> TryEnterAsync(KeyedLock.Holder here, string name, CancellationToken cancel)
    {
        string whole = $"{options.Store}:{name}";
        for (int attempt = 1; ; attempt++)
        {
            PostgresSession current = await SessionAsync(cancel).ConfigureAwait(false);
            try
            {
                return await current.TryLockAsync(whole, cancel).ConfigureAwait(false) ? await SettleAsync(new(current, here, whole, Versioned(name), options.Settling / 2), cancel).ConfigureAwait(false) : null;
            }
            catch (KeelsonException) when (current.IsLost && attempt < Attempts)
            {
                // Nothing was done in it for this name.
            }
        }
    }

    private static NpgsqlDataSource Source(NpgsqlConnectionStringBuilder connection)
    {
        NpgsqlSlimDataSourceBuilder builder = new(connection.ConnectionString);
        builder.EnableTransportSecurity();
        return builder.Build();
    }

    /// <summary>Waits until nothing can still arrive that a holder before had sent when it died.</summary>
    private async ValueTask<IRegistryLock> SettleAsync(PostgresLock made, CancellationToken cancel)
    {
        try
        {
            while (await made.UnfinishedAsync(cancel).ConfigureAwait(false) is { } age)
            {
                if (age < options.Settling) await Task.Delay(options.Settling - age, cancel).ConfigureAwait(false);
                else await made.EndChangeAsync().ConfigureAwait(false);
            }
            return made;
        }
        catch
        {
            await made.GiveUpAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<PostgresSession> SessionAsync(CancellationToken cancel)
    {
        if (Volatile.Read(ref session) is { IsLost: false } known) return known;
        await opening.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (session is { IsLost: false } other) return other;
            if (session is not null) await session.DisposeAsync().ConfigureAwait(false);
            session = null;
            return session = await RunAsync("connect", async () => await PostgresSession.OpenAsync(sessions, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        }
        finally
        {
            opening.Release();
        }
    }

    /// <summary>What has a version counts its changes: repositories, and the list of them when one is new.</summary>
    private string? Versioned(string name) => name.StartsWith("repository/", StringComparison.Ordinal) ? $"{options.Store}:catalog" : null;
}
