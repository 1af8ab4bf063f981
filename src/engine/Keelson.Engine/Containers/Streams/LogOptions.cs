namespace Keelson.Engine.Containers;

/// <summary>Which part of a log.</summary>
public sealed record LogOptions
{
    /// <summary>Output.</summary>
    public bool Stdout { get; init; } = true;

    /// <summary>Errors.</summary>
    public bool Stderr { get; init; } = true;

    /// <summary>From this moment on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Up to this moment.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The last lines alone; <see langword="null"/> for all.</summary>
    public int? Tail { get; init; }

    /// <summary>And those that come, until the container ends.</summary>
    public bool Follow { get; init; }
}

/// <summary>A line of a log, or a part of a long one.</summary>
/// <param name="Stream">Where it was written to.</param>
/// <param name="At">When it was read.</param>
/// <param name="Text">Its bytes, with the line feed if it has one.</param>
public readonly record struct LogLine(StandardStream Stream, DateTimeOffset At, ReadOnlyMemory<byte> Text);
