using Keelson.Registry.Coordination;
using Npgsql;

namespace Keelson.Registry.Postgres;

/// <summary>Hears of names that get a higher number than the one of its beginning. When it ends, older marks go: there is one watch at a time.</summary>
internal sealed class PostgresWatch(NpgsqlDataSource source, string store, long began) : IMarkWatch
{
    public ValueTask<bool> HasSeenAsync(string name, CancellationToken cancel) => PostgresCoordinator.RunAsync("look for a mark", async () =>
    {
        await using NpgsqlCommand command = source.CreateCommand("SELECT EXISTS (SELECT FROM keelson_mark WHERE name = $1 AND number > $2)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"{store}:{name}" });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = began });
        return (bool)(await command.ExecuteScalarAsync(cancel).ConfigureAwait(false))!;
    }, cancel);

    public async ValueTask DisposeAsync() => await PostgresCoordinator.RunAsync("remove old marks", async () =>
    {
        await using NpgsqlCommand command = source.CreateCommand("DELETE FROM keelson_mark WHERE number < $1 AND starts_with(name, $2)");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = began });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = store + ":" });
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }, CancellationToken.None).ConfigureAwait(false);
}
