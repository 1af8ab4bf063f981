namespace Keelson.Cgroups;

/// <summary>Settings of the v1 <c>cpuset</c> controller.</summary>
public sealed class CpusetStats
{
    /// <summary>CPUs.</summary>
    public ushort[] Cpus { get; set; } = [];

    /// <summary>Memory nodes.</summary>
    public ushort[] Mems { get; set; } = [];

    /// <summary><c>cpuset.cpu_exclusive</c>.</summary>
    public ulong CpuExclusive { get; set; }

    /// <summary><c>cpuset.mem_hardwall</c>.</summary>
    public ulong MemHardwall { get; set; }

    /// <summary><c>cpuset.mem_exclusive</c>.</summary>
    public ulong MemExclusive { get; set; }

    /// <summary><c>cpuset.memory_migrate</c>.</summary>
    public ulong MemoryMigrate { get; set; }

    /// <summary><c>cpuset.memory_spread_page</c>.</summary>
    public ulong MemorySpreadPage { get; set; }

    /// <summary><c>cpuset.memory_spread_slab</c>.</summary>
    public ulong MemorySpreadSlab { get; set; }

    /// <summary><c>cpuset.memory_pressure</c>.</summary>
    public ulong MemoryPressure { get; set; }

    /// <summary><c>cpuset.sched_load_balance</c>.</summary>
    public ulong SchedLoadBalance { get; set; }

    /// <summary><c>cpuset.sched_relax_domain_level</c>.</summary>
    public long SchedRelaxDomainLevel { get; set; }
}
