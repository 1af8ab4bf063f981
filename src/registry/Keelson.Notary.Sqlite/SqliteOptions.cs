namespace Keelson.Notary.Sqlite;

/// <summary>Which database, and how it is kept.</summary>
public sealed record SqliteOptions
{
    /// <summary>Its file. It is made where it is missing, for its owner alone; two files beside it end in <c>-wal</c> and <c>-shm</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Whether what was taken survives a loss of power: <c>synchronous=FULL</c>, the default. Without, the last moments may be missing then, and nothing is ever half there.</summary>
    public bool IsDurable { get; init; } = true;

    /// <summary>How long another process that writes is waited for: 10 s.</summary>
    public TimeSpan BusyLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
