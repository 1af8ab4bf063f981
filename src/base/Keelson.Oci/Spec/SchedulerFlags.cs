namespace Keelson.Oci;

/// <summary>Scheduling flags, with the kernel's names and values. sched_setattr(2).</summary>
[Flags]
public enum SchedulerFlags : ulong
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Children start with the usual policy.</summary>
    SCHED_FLAG_RESET_ON_FORK = 0x01,
    /// <summary>A DEADLINE task may take time that others leave.</summary>
    SCHED_FLAG_RECLAIM = 0x02,
    /// <summary>A DEADLINE task gets SIGXCPU when it runs over.</summary>
    SCHED_FLAG_DL_OVERRUN = 0x04,
    /// <summary>Leaves the policy as it is.</summary>
    SCHED_FLAG_KEEP_POLICY = 0x08,
    /// <summary>Leaves the parameters as they are.</summary>
    SCHED_FLAG_KEEP_PARAMS = 0x10,
    /// <summary>Sets the minimum of utilisation clamping.</summary>
    SCHED_FLAG_UTIL_CLAMP_MIN = 0x20,
    /// <summary>Sets the maximum of utilisation clamping.</summary>
    SCHED_FLAG_UTIL_CLAMP_MAX = 0x40,
}
