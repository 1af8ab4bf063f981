namespace Keelson.Trust.Tests.Support;

/// <summary>A clock that is ahead.</summary>
internal sealed class TestTime(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
}

/// <summary>A clock whose timers ring earlier than they should.</summary>
/// <param name="times">How many times earlier.</param>
internal sealed class HurriedTime(int times) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(base.CreateTimer(callback, state, Sooner(dueTime), period), Sooner);

    private TimeSpan Sooner(TimeSpan due) => due == Timeout.InfiniteTimeSpan ? due : due / times;

    private sealed class Timer(ITimer timer, Func<TimeSpan, TimeSpan> sooner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(sooner(dueTime), period);

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
