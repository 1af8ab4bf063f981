using Keelson.Registry.Coordination;

namespace Keelson.Registry.Postgres;

/// <summary>Holds a name by a lock of a session.</summary>
/// <param name="session">The session.</param>
/// <param name="here">Holds it in this process.</param>
/// <param name="name">The name, with that of the store before it.</param>
/// <param name="list">The list that a name belongs to whose changes are counted; <see langword="null"/>: they are not.</param>
/// <param name="limit">How long a change may take.</param>
internal sealed class PostgresLock(PostgresSession session, KeyedLock.Holder here, string name, string? list, TimeSpan limit) : IRegistryLock
{
    private const string End = "DELETE FROM keelson_change WHERE name = $1";

    private CancellationTokenSource? change;

    /// <summary>How long ago a change began that was not ended; <see langword="null"/>: there is none.</summary>
    public async ValueTask<TimeSpan?> UnfinishedAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        object? age = await session.AskAsync("look for changes of", name, "SELECT extract(epoch FROM clock_timestamp() - since)::float8 FROM keelson_change WHERE name = $1", name).ConfigureAwait(false);
        return age is double seconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    public async ValueTask<CancellationToken> BeginChangeAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        change?.Dispose();
        // Counted from before the database begins to count.
        change = new(limit);
        await session.AskAsync("begin to change", name, "INSERT INTO keelson_change VALUES ($1, clock_timestamp()) ON CONFLICT (name) DO UPDATE SET since = excluded.since", name).ConfigureAwait(false);
        return change.Token;
    }

    public async ValueTask EndChangeAsync()
    {
        // The version first: who finds no change under way has the new one.
        if (list is not null)
        {
            await session.AskAsync("count a change of", name, $"""
                WITH counted AS (INSERT INTO keelson_version VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET version = keelson_version.version + 1 RETURNING version)
                INSERT INTO keelson_version SELECT '{list.Replace("'", "''", StringComparison.Ordinal)}', 1 FROM counted WHERE version = 1 ON CONFLICT (name) DO UPDATE SET version = keelson_version.version + 1
                """, name).ConfigureAwait(false);
        }
        await session.AskAsync("end to change", name, End, name).ConfigureAwait(false);
    }

    public async ValueTask MarkAsync() => await session.AskAsync("mark", name, "INSERT INTO keelson_mark VALUES ($1, nextval('keelson_mark_number')) ON CONFLICT (name) DO UPDATE SET number = nextval('keelson_mark_number')", name).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        try
        {
            // A change that was not ended stays begun: something of it may be under way, and who comes next waits for that.
            await session.UnlockAsync(name).ConfigureAwait(false);
        }
        catch (KeelsonException) when (session.IsLost)
        {
            // With the session the lock has gone. What was acknowledged was said in it before.
        }
        finally
        {
            change?.Dispose();
            here.Dispose();
        }
    }

    /// <summary>Lets the lock of the database go, and not that of the process.</summary>
    public async ValueTask GiveUpAsync()
    {
        try
        {
            await session.UnlockAsync(name).ConfigureAwait(false);
        }
        catch (KeelsonException) when (session.IsLost)
        {
            // As above.
        }
    }
}
