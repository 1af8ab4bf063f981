namespace Keelson.Oci;

/// <summary>Scheduling policies, with the kernel's names and values. sched(7).</summary>
public enum SchedulerPolicy : uint
{
    /// <summary>The usual time sharing.</summary>
    SCHED_OTHER = 0,
    /// <summary>Real time, first in, first out.</summary>
    SCHED_FIFO = 1,
    /// <summary>Real time, round robin.</summary>
    SCHED_RR = 2,
    /// <summary>Time sharing for work that nobody waits for.</summary>
    SCHED_BATCH = 3,
    /// <summary>Reserved by the kernel, which does not implement it.</summary>
    SCHED_ISO = 4,
    /// <summary>Only when nothing else wants the CPU.</summary>
    SCHED_IDLE = 5,
    /// <summary>Run time within a deadline.</summary>
    SCHED_DEADLINE = 6,
}
