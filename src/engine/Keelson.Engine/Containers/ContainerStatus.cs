namespace Keelson.Engine.Containers;

/// <summary>What a container is doing. The words of docker are these in lower case.</summary>
public enum ContainerStatus
{
    /// <summary>It was never started.</summary>
    Created,
    /// <summary>It runs.</summary>
    Running,
    /// <summary>It is frozen.</summary>
    Paused,
    /// <summary>It has ended, and its restart policy starts it again soon.</summary>
    Restarting,
    /// <summary>It is being removed.</summary>
    Removing,
    /// <summary>It has ended.</summary>
    Exited,
    /// <summary>It could not be removed whole.</summary>
    Dead,
    /// <summary>It is gone, and its log is kept.</summary>
    Removed,
}
