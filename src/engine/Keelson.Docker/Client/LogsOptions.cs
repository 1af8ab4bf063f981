namespace Keelson.Docker;

/// <summary>What of a container's logs is wanted.</summary>
public sealed record LogsOptions
{
    /// <summary>Output.</summary>
    public bool Stdout { get; init; } = true;

    /// <summary>Errors.</summary>
    public bool Stderr { get; init; } = true;

    /// <summary>Unix time, seconds and nanoseconds: <c>1700000000.000000000</c>.</summary>
    public string? Since { get; init; }

    /// <inheritdoc cref="Since"/>
    public string? Until { get; init; }

    /// <summary>Puts the time before each line.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Goes on until the container ends.</summary>
    public bool Follow { get; init; }

    /// <summary>How many lines from the end, or <c>all</c>.</summary>
    public string? Tail { get; init; }

    /// <summary>Puts the labels and variables before each line that the logging driver was told of.</summary>
    public bool Details { get; init; }
}
