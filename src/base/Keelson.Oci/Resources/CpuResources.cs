namespace Keelson.Oci;

/// <summary>CPU time and CPU sets; times in microseconds.</summary>
/// <remarks>runtime-spec 1.3 config-linux "CPU".</remarks>
public sealed class CpuResources
{
    /// <summary>Weight among siblings, 2 to 262144; 1024 is usual.</summary>
    public ulong? Shares { get; set; }

    /// <summary>Run time per period; 0 or less is no limit.</summary>
    public long? Quota { get; set; }

    /// <summary>Run time that may be saved up for later periods; not above a positive <see cref="Quota"/>.</summary>
    public ulong? Burst { get; set; }

    /// <summary>Length of a period.</summary>
    public ulong? Period { get; set; }

    /// <summary>Real-time run time per real-time period; cgroup v1.</summary>
    public long? RealtimeRuntime { get; set; }

    /// <summary>Length of a real-time period; cgroup v1.</summary>
    public ulong? RealtimePeriod { get; set; }

    /// <summary>CPUs, as <c>0-3,7</c>.</summary>
    public string? Cpus { get; set; }

    /// <summary>Memory nodes, as <c>0-3,7</c>.</summary>
    public string? Mems { get; set; }

    /// <summary>1 runs the group only when nothing else wants the CPU (SCHED_IDLE), 0 is usual.</summary>
    public long? Idle { get; set; }
}
