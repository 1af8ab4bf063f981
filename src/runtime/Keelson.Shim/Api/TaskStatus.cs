namespace Keelson.Shim.Api;

/// <summary>What a process is doing: <c>containerd.v1.types.Status</c>.</summary>
public enum TaskStatus
{
    /// <summary>Not known.</summary>
    Unknown = 0,
    /// <summary>It waits for Start.</summary>
    Created = 1,
    /// <summary>It runs.</summary>
    Running = 2,
    /// <summary>It has ended.</summary>
    Stopped = 3,
    /// <summary>It is frozen.</summary>
    Paused = 4,
    /// <summary>It is being frozen.</summary>
    Pausing = 5,
}
