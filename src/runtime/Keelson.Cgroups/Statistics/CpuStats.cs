namespace Keelson.Cgroups;

/// <summary>CPU time of a group, in nanoseconds.</summary>
public sealed class CpuStats
{
    /// <summary>All CPU time.</summary>
    public ulong TotalNanoseconds { get; set; }

    /// <summary>Time in the kernel.</summary>
    public ulong KernelNanoseconds { get; set; }

    /// <summary>Time in programs.</summary>
    public ulong UserNanoseconds { get; set; }

    /// <summary>All time by CPU; cgroup v1 alone.</summary>
    public ulong[] PerCpu { get; set; } = [];

    /// <summary>Time in the kernel by CPU; cgroup v1 alone.</summary>
    public ulong[] PerCpuKernel { get; set; } = [];

    /// <summary>Time in programs by CPU; cgroup v1 alone.</summary>
    public ulong[] PerCpuUser { get; set; } = [];

    /// <summary>Periods of the quota that have passed.</summary>
    public ulong Periods { get; set; }

    /// <summary>Periods in which the quota was used up.</summary>
    public ulong ThrottledPeriods { get; set; }

    /// <summary>How long tasks waited for the next period.</summary>
    public ulong ThrottledNanoseconds { get; set; }

    /// <summary>Waiting for CPUs; cgroup v2 alone.</summary>
    public PressureStats? Pressure { get; set; }
}
