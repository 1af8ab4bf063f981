namespace Keelson.Content;

/// <summary>How much of the past the event log keeps; the oldest events go first, the latest one never.</summary>
public sealed record EventRetention
{
    /// <summary>Most events: 10,000 by default, some minutes of a busy engine.</summary>
    public int Count { get; init; } = 10_000;

    /// <summary>Most bytes of payload together: 1 MiB by default. The log is kept in memory, where an event takes some 110 bytes besides its payload.</summary>
    public long PayloadBytes { get; init; } = 1 << 20;
}
