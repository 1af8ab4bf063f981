namespace Keelson.Notary.Postgres;

/// <summary>Which database.</summary>
public sealed record PostgresOptions
{
    /// <summary>How it is reached, in Npgsql's words: <c>Host=db;Database=notaryserver;Username=server;Password=…</c>.</summary>
    public required string Connection { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
