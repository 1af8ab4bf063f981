namespace Keelson.Oci;

/// <summary>Memory limits in bytes; -1 is none.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Memory".</remarks>
public sealed class MemoryResources
{
    /// <summary>Hard limit of memory.</summary>
    public long? Limit { get; set; }

    /// <summary>Soft limit of memory.</summary>
    public long? Reservation { get; set; }

    /// <summary>Limit of memory and swap together.</summary>
    public long? Swap { get; set; }

    /// <summary>Limit of kernel memory; not recommended, gone since Linux 5.4.</summary>
    public long? Kernel { get; set; }

    /// <summary>Limit of TCP buffers; not recommended.</summary>
    public long? KernelTcp { get; set; }

    /// <summary>Inclination to swap, 0 to 100; cgroup v1.</summary>
    public ulong? Swappiness { get; set; }

    /// <summary>Whether a task that exceeds the limit waits instead of being killed; cgroup v1.</summary>
    public bool? DisableOomKiller { get; set; }

    /// <summary>Whether child groups count; cgroup v1.</summary>
    public bool? UseHierarchy { get; set; }

    /// <summary>Whether a new limit below the present use is refused.</summary>
    public bool? CheckBeforeUpdate { get; set; }
}
