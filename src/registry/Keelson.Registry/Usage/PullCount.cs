namespace Keelson.Registry.Usage;

/// <summary>How often a manifest was pulled, and when last.</summary>
internal readonly record struct PullCount(long Count, DateTimeOffset Last)
{
    /// <summary>Both together.</summary>
    public PullCount And(PullCount other) => new(Count + other.Count, other.Last > Last ? other.Last : Last);
}
