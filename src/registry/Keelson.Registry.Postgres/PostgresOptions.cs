namespace Keelson.Registry.Postgres;

/// <summary>Which database the registries of one store share.</summary>
public sealed record PostgresOptions
{
    /// <summary>How it is reached, in Npgsql's words: <c>Host=db;Database=registry;Username=keelson;Password=…</c>.</summary>
    public required string Connection { get; init; }

    /// <summary>Name of the store, without a colon: registries that have it in common share one. A database holds many.</summary>
    public string Store { get; init; } = "registry";

    /// <summary>What this process is called among those that share the store: 1 to 64 letters, digits, dots, dashes or underscores, the first of them a letter or digit. A queue of events goes on under the same name after a restart. <see langword="null"/>: one that no other has had.</summary>
    public string? Member { get; init; }

    /// <summary>So long after a registry has begun a change, what it sent to the store may still arrive: 30 s. It gives up after half of that; until all of it is over nobody else has the name of a change that was not ended.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(30);
}
