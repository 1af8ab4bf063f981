namespace Keelson.Engine.Tasks.Events;

/// <summary>What happened to a task.</summary>
internal enum TaskNoticeKind
{
    /// <summary>Something that leaves its state as it is.</summary>
    Other,
    /// <summary>It was made.</summary>
    Create,
    /// <summary>Its first process runs.</summary>
    Start,
    /// <summary>A process ended.</summary>
    Exit,
    /// <summary>All its processes stand still.</summary>
    Paused,
    /// <summary>They go on.</summary>
    Resumed,
}
