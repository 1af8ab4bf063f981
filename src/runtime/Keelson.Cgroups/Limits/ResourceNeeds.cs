using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>Which controllers a set of limits cannot do without.</summary>
internal static class ResourceNeeds
{
    /// <summary>Controllers that limits can need, by their v1 names.</summary>
    public static ReadOnlySpan<string> Controllers => Names;

    private static readonly string[] Names = ["memory", "cpu", "cpuset", "pids", "blkio", "hugetlb", "net_cls", "net_prio", "rdma"];

    /// <summary>The name that the v2 tree has for a v1 controller; <see langword="null"/> when it has none.</summary>
    public static string? UnifiedName(string controller) => controller switch
    {
        "blkio" => "io",
        "net_cls" or "net_prio" or "freezer" or "devices" or "cpuacct" => null,
        _ => controller,
    };

    /// <summary>
    /// The first property that needs a controller, as the configuration calls it; <see langword="null"/> when none does. A property that asks
    /// for no limit needs nothing.
    /// </summary>
    public static string? FirstProperty(LinuxResources resources, string controller) => controller switch
    {
        "memory" when resources.Memory is { } m =>
            m.Limit > 0 ? "memory.limit" : m.Swap > 0 ? "memory.swap" : m.Reservation > 0 ? "memory.reservation" : m.Swappiness is not null ? "memory.swappiness"
            : m.DisableOomKiller == true ? "memory.disableOOMKiller" : null,
        "cpu" when resources.Cpu is { } c =>
            c.Shares > 0 ? "cpu.shares" : c.Quota > 0 ? "cpu.quota" : c.Period > 0 ? "cpu.period" : c.Burst > 0 ? "cpu.burst"
            : c.RealtimeRuntime is not (null or 0) ? "cpu.realtimeRuntime" : c.RealtimePeriod > 0 ? "cpu.realtimePeriod" : c.Idle is not (null or 0) ? "cpu.idle" : null,
        "cpuset" when resources.Cpu is { } c => !string.IsNullOrEmpty(c.Cpus) ? "cpu.cpus" : !string.IsNullOrEmpty(c.Mems) ? "cpu.mems" : null,
        "pids" => resources.Pids?.Limit >= 0 ? "pids.limit" : null,
        "blkio" when resources.BlockIo is { } b =>
            b.Weight > 0 ? "blockIO.weight" : b.LeafWeight > 0 ? "blockIO.leafWeight" : b.WeightDevice.Length > 0 ? "blockIO.weightDevice"
            : b.ThrottleReadBpsDevice.Length > 0 ? "blockIO.throttleReadBpsDevice" : b.ThrottleWriteBpsDevice.Length > 0 ? "blockIO.throttleWriteBpsDevice"
            : b.ThrottleReadIopsDevice.Length > 0 ? "blockIO.throttleReadIOPSDevice" : b.ThrottleWriteIopsDevice.Length > 0 ? "blockIO.throttleWriteIOPSDevice" : null,
        "hugetlb" => resources.HugepageLimits.Length > 0 ? "hugepageLimits" : null,
        "net_cls" => resources.Network?.ClassId > 0 ? "network.classID" : null,
        "net_prio" => resources.Network?.Priorities.Length > 0 ? "network.priorities" : null,
        "rdma" => resources.Rdma.Count > 0 ? "rdma" : null,
        _ => null,
    };
}
