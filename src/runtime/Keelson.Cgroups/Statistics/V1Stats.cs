using System.Buffers.Text;
using Keelson.Linux;

namespace Keelson.Cgroups;

/// <summary>Reads the counters of cgroup v1 controllers. Kernel documentation admin-guide/cgroup-v1.</summary>
internal static class V1Stats
{
    /// <summary>Nanoseconds of one tick of <c>cpuacct.stat</c>: USER_HZ is 100 on x86-64 and arm64.</summary>
    private const ulong NanosecondsPerTick = 10_000_000;

    public static void Read(CgroupDirectory directory, CgroupStats stats)
    {
        if (directory.Has("cpuacct")) CpuTime(directory, stats.Cpu);
        if (directory.Has("cpu")) Throttling(directory, stats.Cpu);
        if (directory.Has("cpuset")) Cpuset(directory, stats.Cpuset);
        if (directory.Has("memory")) Memory(directory, stats.Memory);
        if (directory.Has("pids")) SharedStats.Pids(directory, stats.Pids);
        if (directory.Has("blkio")) BlockIo(directory, stats.BlockIo);
        if (directory.Has("hugetlb")) Hugepages(directory, stats.Hugepages);
        if (directory.Has("rdma")) SharedStats.Rdma(directory, stats.Rdma);
    }

    private static void CpuTime(CgroupDirectory directory, CpuStats cpu)
    {
        cpu.TotalNanoseconds = directory.ReadNumber("cpuacct.usage");
        ReadOnlySpan<byte> text = directory.Read("cpuacct.stat").Span;
        cpu.UserNanoseconds = (KeyedNumbers.Find(text, "user"u8) ?? 0) * NanosecondsPerTick;
        cpu.KernelNanoseconds = (KeyedNumbers.Find(text, "system"u8) ?? 0) * NanosecondsPerTick;

        List<ulong> all = [], user = [], kernel = [];
        text = directory.Read("cpuacct.usage_percpu").Span;
        foreach (Range range in text.Split((byte)' '))
            if (Utf8Parser.TryParse(text[range], out ulong value, out _))
                all.Add(value);
        cpu.PerCpu = [.. all];

        // cpu user system; one line for each CPU below the head line. Linux 4.8.
        if (directory.TryRead("cpuacct.usage_all", out ReadOnlyMemory<byte> table) != Errno.None) return;
        text = table.Span;
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];
            if (!Utf8Parser.TryParse(line, out uint _, out int first) || first >= line.Length
                || !Utf8Parser.TryParse(line[(first + 1)..], out ulong inUser, out int second) || first + 1 + second >= line.Length
                || !Utf8Parser.TryParse(line[(first + second + 2)..], out ulong inKernel, out _)) continue;
            user.Add(inUser);
            kernel.Add(inKernel);
        }
        cpu.PerCpuUser = [.. user];
        cpu.PerCpuKernel = [.. kernel];
    }

    private static void Throttling(CgroupDirectory directory, CpuStats cpu)
    {
        ReadOnlySpan<byte> text = directory.Read("cpu.stat").Span;
        cpu.Periods = KeyedNumbers.Find(text, "nr_periods"u8) ?? 0;
        cpu.ThrottledPeriods = KeyedNumbers.Find(text, "nr_throttled"u8) ?? 0;
        cpu.ThrottledNanoseconds = KeyedNumbers.Find(text, "throttled_time"u8) ?? 0;
    }

    private static void Cpuset(CgroupDirectory directory, CpusetStats cpuset)
    {
        cpuset.Cpus = SharedStats.ParseSet(directory.Read("cpuset.cpus").Span);
        cpuset.Mems = SharedStats.ParseSet(directory.Read("cpuset.mems").Span);
        cpuset.CpuExclusive = directory.ReadNumber("cpuset.cpu_exclusive");
        cpuset.MemHardwall = directory.ReadNumber("cpuset.mem_hardwall");
        cpuset.MemExclusive = directory.ReadNumber("cpuset.mem_exclusive");
        cpuset.MemoryMigrate = directory.ReadNumber("cpuset.memory_migrate");
        cpuset.MemorySpreadPage = directory.ReadNumber("cpuset.memory_spread_page");
        cpuset.MemorySpreadSlab = directory.ReadNumber("cpuset.memory_spread_slab");
        cpuset.MemoryPressure = directory.ReadNumber("cpuset.memory_pressure");
        cpuset.SchedLoadBalance = directory.ReadNumber("cpuset.sched_load_balance");
        if (Utf8Parser.TryParse(directory.Read("cpuset.sched_relax_domain_level").Span, out long level, out _)) cpuset.SchedRelaxDomainLevel = level;
    }

    private static void Memory(CgroupDirectory directory, MemoryStats memory)
    {
        SharedStats.Copy(directory.Read("memory.stat").Span, memory.Raw);
        memory.Cache = memory.Raw.GetValueOrDefault("cache");
        memory.Usage = Counter(directory, "memory.");
        memory.Swap = Counter(directory, "memory.memsw.");
        memory.Kernel = Counter(directory, "memory.kmem.");
        memory.KernelTcp = Counter(directory, "memory.kmem.tcp.");
        if (directory.TryRead("memory.oom_control", out ReadOnlyMemory<byte> events) == Errno.None) SharedStats.Copy(events.Span, memory.Events);
    }

    private static MemoryCounter Counter(CgroupDirectory directory, string prefix) => directory.ReadOptionalNumber(prefix + "usage_in_bytes") is { } usage
        ? new(directory.ReadOptionalNumber(prefix + "limit_in_bytes") ?? 0, usage, directory.ReadOptionalNumber(prefix + "max_usage_in_bytes") ?? 0,
            directory.ReadOptionalNumber(prefix + "failcnt") ?? 0)
        : default;

    private static void BlockIo(CgroupDirectory directory, BlockIoStats io)
    {
        // The scheduler of the time decides which files have numbers: CFQ (before Linux 5), BFQ, or the throttling layer for all others.
        foreach (string prefix in (ReadOnlySpan<string>)["blkio.", "blkio.bfq.", "blkio.throttle."])
        {
            if (!TryEntries(directory, prefix + "io_service_bytes_recursive", out List<BlockIoEntry> bytes) || bytes.Count == 0) continue;
            io.ServiceBytes = bytes;
            io.Serviced = Entries(directory, prefix + "io_serviced_recursive");
            if (prefix == "blkio.throttle.") return;
            io.Queued = Entries(directory, prefix + "io_queued_recursive");
            io.ServiceTime = Entries(directory, prefix + "io_service_time_recursive");
            io.WaitTime = Entries(directory, prefix + "io_wait_time_recursive");
            io.Merged = Entries(directory, prefix + "io_merged_recursive");
            io.Time = Entries(directory, prefix + "time_recursive");
            io.Sectors = Entries(directory, prefix + "sectors_recursive");
            return;
        }
    }

    private static List<BlockIoEntry> Entries(CgroupDirectory directory, string file) => TryEntries(directory, file, out List<BlockIoEntry> entries) ? entries : [];

    private static bool TryEntries(CgroupDirectory directory, string file, out List<BlockIoEntry> entries)
    {
        entries = [];
        if (directory.TryRead(file, out ReadOnlyMemory<byte> contents) != Errno.None) return false;
        SharedStats.ParseBlockIo(contents.Span, entries);
        return true;
    }

    private static void Hugepages(CgroupDirectory directory, Dictionary<string, HugepageStats> hugepages)
    {
        foreach (string size in SharedStats.HugepageSizes())
        {
            string prefix = $"hugetlb.{size}.rsvd.";
            if (directory.ReadOptionalNumber(prefix + "usage_in_bytes") is not { } usage)
            {
                prefix = $"hugetlb.{size}.";
                if (directory.ReadOptionalNumber(prefix + "usage_in_bytes") is not { } faulted) continue;
                usage = faulted;
            }
            hugepages[size] = new(usage, directory.ReadOptionalNumber(prefix + "max_usage_in_bytes") ?? 0, directory.ReadOptionalNumber(prefix + "failcnt") ?? 0);
        }
    }
}
