namespace Keelson.Registry.Tests.Auth;

/// <summary>A clock that tests move; it begins at the real time.</summary>
internal sealed class TestClock : TimeProvider
{
    private long ticks = System.GetUtcNow().Ticks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);

    public void Advance(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks);
}
