namespace Keelson.Engine.Tasks.Restarts;

/// <summary>The labels of containers that the restart monitor acts on; containerd's.</summary>
internal static class RestartLabels
{
    /// <summary>What the task should be: <c>running</c> or <c>stopped</c>. Only containers with this label are looked at.</summary>
    public const string Status = "containerd.io/restart.status";

    /// <summary>When a task that has ended is started again; see <see cref="RestartPolicy"/>.</summary>
    public const string Policy = "containerd.io/restart.policy";

    /// <summary>How often it was started again; the monitor counts.</summary>
    public const string Count = "containerd.io/restart.count";

    /// <summary>Where output goes: <c>file://</c>, <c>binary://</c>, <c>fifo://</c>; nowhere without it.</summary>
    public const string LogUri = "containerd.io/restart.loguri";

    /// <summary>The same as a path of a file, from before containerd 1.5.</summary>
    public const string LogPath = "containerd.io/restart.logpath";

    /// <summary>Somebody stopped it on purpose.</summary>
    public const string ExplicitlyStopped = "containerd.io/restart.explicitly-stopped";
}
