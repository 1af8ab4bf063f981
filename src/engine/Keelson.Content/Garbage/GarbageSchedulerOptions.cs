namespace Keelson.Content;

/// <summary>When collections happen by themselves. Names and defaults are those of containerd's plug-in <c>scheduler</c>.</summary>
public sealed record GarbageSchedulerOptions
{
    /// <summary>The largest share of time that collections take: 0.02 by default, at most 0.5. 0 sets no bound.</summary>
    public double PauseThreshold { get; init; } = 0.02;

    /// <summary>Collect after so many removals and changes that may have made garbage; 0, the default, does not count them.</summary>
    public int DeletionThreshold { get; init; }

    /// <summary>Collect after so many changes of any kind since the last collection, if one of them may have made garbage: 100 by default; 0 does not count them.</summary>
    public int MutationThreshold { get; init; } = 100;

    /// <summary>From a threshold to the collection: none by default.</summary>
    public TimeSpan ScheduleDelay { get; init; }

    /// <summary>From the start to the first collection: 100 ms by default.</summary>
    public TimeSpan StartupDelay { get; init; } = TimeSpan.FromMilliseconds(100);
}
