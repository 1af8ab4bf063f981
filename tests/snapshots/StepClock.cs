namespace Keelson.Snapshots.Tests;

/// <summary>A clock that goes on by a second each time it is looked at.</summary>
internal sealed class StepClock : TimeProvider
{
    private long seconds = 1_700_000_000;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(Interlocked.Increment(ref seconds));
}
