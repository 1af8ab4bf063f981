using Keelson.Linux;

namespace Keelson.Cgroups;

/// <summary>Reads the counters of the cgroup v2 tree, in terms of v1 where both have a number. Kernel documentation admin-guide/cgroup-v2.</summary>
internal static class V2Stats
{
    public static void Read(CgroupDirectory directory, CgroupStats stats)
    {
        Cpu(directory, stats.Cpu);
        Memory(directory, stats.Memory);
        SharedStats.Pids(directory, stats.Pids);
        if (directory.TryRead("io.stat", out ReadOnlyMemory<byte> io) == Errno.None) SharedStats.ParseIoStat(io.Span, stats.BlockIo);
        stats.BlockIo.Pressure = Pressure(directory, "io.pressure");
        Hugepages(directory, stats.Hugepages);
        SharedStats.Rdma(directory, stats.Rdma);
    }

    /// <summary>Counters of controllers that a hybrid machine has in its v2 tree.</summary>
    public static void ReadHugepages(CgroupDirectory directory, CgroupStats stats) => Hugepages(directory, stats.Hugepages);

    private static void Cpu(CgroupDirectory directory, CpuStats cpu)
    {
        ReadOnlySpan<byte> text = directory.Read("cpu.stat").Span;
        cpu.TotalNanoseconds = (KeyedNumbers.Find(text, "usage_usec"u8) ?? 0) * 1000;
        cpu.UserNanoseconds = (KeyedNumbers.Find(text, "user_usec"u8) ?? 0) * 1000;
        cpu.KernelNanoseconds = (KeyedNumbers.Find(text, "system_usec"u8) ?? 0) * 1000;
        cpu.Periods = KeyedNumbers.Find(text, "nr_periods"u8) ?? 0;
        cpu.ThrottledPeriods = KeyedNumbers.Find(text, "nr_throttled"u8) ?? 0;
        cpu.ThrottledNanoseconds = (KeyedNumbers.Find(text, "throttled_usec"u8) ?? 0) * 1000;
        cpu.Pressure = Pressure(directory, "cpu.pressure");
    }

    private static void Memory(CgroupDirectory directory, MemoryStats memory)
    {
        if (directory.TryRead("memory.stat", out ReadOnlyMemory<byte> stat) != Errno.None) return;
        SharedStats.Copy(stat.Span, memory.Raw);
        memory.Cache = memory.Raw.GetValueOrDefault("file");

        ulong usage = directory.ReadNumber("memory.current"), limit = directory.ReadNumber("memory.max");
        if (directory.TryRead("memory.events", out ReadOnlyMemory<byte> events) == Errno.None) SharedStats.Copy(events.Span, memory.Events);
        memory.Usage = new(limit, usage, directory.ReadOptionalNumber("memory.peak") ?? 0, memory.Events.GetValueOrDefault("max"));
        if (directory.ReadOptionalNumber("memory.swap.current") is { } swap)
        {
            ulong swapLimit = directory.ReadOptionalNumber("memory.swap.max") ?? CgroupDirectory.Unlimited;
            ulong both = limit > CgroupDirectory.Unlimited - swapLimit ? CgroupDirectory.Unlimited : limit + swapLimit;
            ulong swapFailures = directory.TryRead("memory.swap.events", out events) == Errno.None ? KeyedNumbers.Find(events.Span, "max"u8) ?? 0 : 0;
            memory.Swap = new(both, usage + swap, 0, swapFailures);
        }
        memory.Pressure = Pressure(directory, "memory.pressure");
    }

    private static void Hugepages(CgroupDirectory directory, Dictionary<string, HugepageStats> hugepages)
    {
        foreach (string size in SharedStats.HugepageSizes())
        {
            if ((directory.ReadOptionalNumber($"hugetlb.{size}.rsvd.current") ?? directory.ReadOptionalNumber($"hugetlb.{size}.current")) is not { } usage) continue;
            ulong failures = directory.TryRead($"hugetlb.{size}.events", out ReadOnlyMemory<byte> events) == Errno.None ? KeyedNumbers.Find(events.Span, "max"u8) ?? 0 : 0;
            hugepages[size] = new(usage, 0, failures);
        }
    }

    /// <summary>EOPNOTSUPP when the kernel has pressure counting switched off.</summary>
    private static PressureStats? Pressure(CgroupDirectory directory, string file) =>
        directory.TryRead(file, out ReadOnlyMemory<byte> text) == Errno.None ? PressureStats.Parse(text.Span) : null;
}
