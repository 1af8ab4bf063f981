using Keelson.Registry.Tests;
using Npgsql;

namespace Keelson.Notary.Tests.Support;

/// <summary>Databases of a test's PostgreSQL.</summary>
internal static class TestDatabase
{
    /// <summary>Makes one.</summary>
    /// <returns>How it is reached.</returns>
    public static async Task<string> MakeAsync(PostgresServer server, string? schema = null)
    {
        string name = "db" + Guid.NewGuid().ToString("N");
        await RunAsync(server.Connection, $"CREATE DATABASE {name}");
        string connection = server.Connection.Replace("Database=postgres", "Database=" + name, StringComparison.Ordinal) + ";Pooling=true;Maximum Pool Size=8";
        if (schema is not null) await RunAsync(connection, schema);
        return connection;
    }

    /// <summary>Runs statements.</summary>
    public static async Task<object?> RunAsync(string connection, string text)
    {
        await using NpgsqlConnection opened = new(connection + ";Pooling=false");
        await opened.OpenAsync();
        await using NpgsqlCommand command = new(text, opened);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Waits until a query says so.</summary>
    public static async Task AwaitAsync(string connection, string text)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (await RunAsync(connection, text) is not true) Assert.True(TimeProvider.System.GetElapsedTime(start) < Condition.Limit, text);
    }
}
