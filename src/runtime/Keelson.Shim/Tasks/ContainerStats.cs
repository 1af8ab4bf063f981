using Keelson.Cgroups;
using Keelson.Protobuf;
using Keelson.Shim.Api;

namespace Keelson.Shim.Tasks;

/// <summary>What the kernel counts about a container, as containerd's clients read it: <c>io.containerd.cgroups.v1.Metrics</c> or <c>v2.Metrics</c>.</summary>
internal static class ContainerStats
{
    /// <summary>Reads and writes the numbers of a group.</summary>
    public static TypedMessage Write(Cgroup cgroup)
    {
        CgroupStats stats = cgroup.ReadStats();
        return cgroup.Mode == CgroupMode.V2
            ? new TypedMessage("io.containerd.cgroups.v2.Metrics", WriteV2(stats).ToArray())
            : new TypedMessage("io.containerd.cgroups.v1.Metrics", WriteV1(stats).ToArray());
    }

    private static ProtobufWriter WriteV1(CgroupStats stats)
    {
        ProtobufWriter metrics = new(), usage = new(), throttling = new(), cpu = new(), memory = new(), blocks = new();
        foreach ((string size, HugepageStats pages) in stats.Hugepages)
        {
            ProtobufWriter entry = Numbers(pages.Usage, pages.Maximum, pages.FailureCount);
            entry.TextIfSet(4, size);
            metrics.Message(1, entry);
        }
        metrics.Message(2, Numbers(stats.Pids.Current, stats.Pids.Limit));
        usage = Numbers(stats.Cpu.TotalNanoseconds, stats.Cpu.KernelNanoseconds, stats.Cpu.UserNanoseconds);
        foreach (ulong nanoseconds in stats.Cpu.PerCpu) usage.Number(4, (long)nanoseconds);
        throttling = Numbers(stats.Cpu.Periods, stats.Cpu.ThrottledPeriods, stats.Cpu.ThrottledNanoseconds);
        cpu.Message(1, usage);
        cpu.Message(2, throttling);
        metrics.Message(3, cpu);
        for (int i = 0; i < MemoryStatNames.V1.Count; i++) memory.NumberIfSet(i + 1, (long)stats.Memory.Raw.GetValueOrDefault(MemoryStatNames.V1[i]));
        memory.Message(33, Numbers(stats.Memory.Usage));
        memory.Message(34, Numbers(stats.Memory.Swap));
        memory.Message(35, Numbers(stats.Memory.Kernel));
        memory.Message(36, Numbers(stats.Memory.KernelTcp));
        metrics.Message(4, memory);
        List<BlockIoEntry>[] lists =
        [
            stats.BlockIo.ServiceBytes, stats.BlockIo.Serviced, stats.BlockIo.Queued, stats.BlockIo.ServiceTime, stats.BlockIo.WaitTime, stats.BlockIo.Merged, stats.BlockIo.Time,
            stats.BlockIo.Sectors,
        ];
        for (int i = 0; i < lists.Length; i++)
        {
            foreach (BlockIoEntry entry in lists[i])
            {
                ProtobufWriter message = new();
                message.TextIfSet(1, entry.Operation);
                message.NumberIfSet(3, (long)entry.Major);
                message.NumberIfSet(4, (long)entry.Minor);
                message.NumberIfSet(5, (long)entry.Value);
                blocks.Message(i + 1, message);
            }
        }
        metrics.Message(5, blocks);
        if (stats.Memory.Events.Count > 0) metrics.Message(9, Numbers(stats.Memory.Events, "oom_kill_disable", "under_oom", "oom_kill"));
        return metrics;
    }

    private static ProtobufWriter WriteV2(CgroupStats stats)
    {
        ProtobufWriter metrics = new(), memory = new(), blocks = new();
        const ulong Microsecond = 1000;
        metrics.Message(1, Numbers(stats.Pids.Current, stats.Pids.Limit));
        metrics.Message(2, Numbers(stats.Cpu.TotalNanoseconds / Microsecond, stats.Cpu.UserNanoseconds / Microsecond, stats.Cpu.KernelNanoseconds / Microsecond,
            stats.Cpu.Periods, stats.Cpu.ThrottledPeriods, stats.Cpu.ThrottledNanoseconds / Microsecond));
        for (int i = 0; i < MemoryStatNames.V2.Count; i++) memory.NumberIfSet(i + 1, (long)stats.Memory.Raw.GetValueOrDefault(MemoryStatNames.V2[i]));
        memory.NumberIfSet(32, (long)stats.Memory.Usage.Usage);
        memory.NumberIfSet(33, (long)stats.Memory.Usage.Limit);
        memory.NumberIfSet(34, (long)stats.Memory.Swap.Usage);
        memory.NumberIfSet(35, (long)stats.Memory.Swap.Limit);
        metrics.Message(4, memory);
        foreach (IGrouping<(ulong Major, ulong Minor), BlockIoEntry> device in stats.BlockIo.ServiceBytes.Concat(stats.BlockIo.Serviced).GroupBy(entry => (entry.Major, entry.Minor)))
        {
            ulong Value(List<BlockIoEntry> list, string operation) =>
                list.FirstOrDefault(entry => (entry.Major, entry.Minor) == device.Key && entry.Operation == operation).Value;
            blocks.Message(1, Numbers(device.Key.Major, device.Key.Minor, Value(stats.BlockIo.ServiceBytes, "Read"), Value(stats.BlockIo.ServiceBytes, "Write"),
                Value(stats.BlockIo.Serviced, "Read"), Value(stats.BlockIo.Serviced, "Write")));
        }
        metrics.Message(6, blocks);
        if (stats.Memory.Events.Count > 0) metrics.Message(8, Numbers(stats.Memory.Events, "low", "high", "max", "oom", "oom_kill"));
        return metrics;
    }

    private static ProtobufWriter Numbers(Dictionary<string, ulong> lines, params ReadOnlySpan<string> names)
    {
        ProtobufWriter message = new();
        for (int i = 0; i < names.Length; i++) message.NumberIfSet(i + 1, (long)lines.GetValueOrDefault(names[i]));
        return message;
    }

    private static ProtobufWriter Numbers(MemoryCounter counter) => Numbers(counter.Limit, counter.Usage, counter.Maximum, counter.FailureCount);

    private static ProtobufWriter Numbers(params ReadOnlySpan<ulong> values)
    {
        ProtobufWriter message = new();
        for (int i = 0; i < values.Length; i++) message.NumberIfSet(i + 1, (long)values[i]);
        return message;
    }
}
