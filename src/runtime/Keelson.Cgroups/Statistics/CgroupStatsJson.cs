using System.Text.Json;

namespace Keelson.Cgroups;

/// <summary>Writes statistics as <c>runc events --stats</c> does; containerd and other callers read these names.</summary>
public static class CgroupStatsJson
{
    /// <summary>Writes one event: <c>{"type":"stats","id":…,"data":{…}}</c>. Fields that runC leaves out when they are zero are left out.</summary>
    /// <param name="json">Takes the object; it is not flushed.</param>
    /// <param name="id">The container.</param>
    /// <param name="stats">Its numbers.</param>
    public static void Write(Utf8JsonWriter json, string id, CgroupStats stats)
    {
        json.WriteStartObject();
        json.WriteString("type", "stats");
        json.WriteString("id", id);
        json.WriteStartObject("data");
        Cpu(json, stats.Cpu);
        Cpuset(json, stats.Cpuset);
        Memory(json, stats.Memory);
        json.WriteStartObject("pids");
        Number(json, "current", stats.Pids.Current);
        Number(json, "limit", stats.Pids.Limit);
        json.WriteEndObject();
        BlockIo(json, stats.BlockIo);
        json.WriteStartObject("hugetlb");
        foreach ((string size, HugepageStats pages) in stats.Hugepages)
        {
            json.WriteStartObject(size);
            Number(json, "usage", pages.Usage);
            Number(json, "max", pages.Maximum);
            json.WriteNumber("failcnt", pages.FailureCount);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteStartObject("intel_rdt");
        json.WriteEndObject();
        json.WriteNull("network_interfaces");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Cpu(Utf8JsonWriter json, CpuStats cpu)
    {
        json.WriteStartObject("cpu");
        json.WriteStartObject("usage");
        Number(json, "total", cpu.TotalNanoseconds);
        Numbers(json, "percpu", cpu.PerCpu);
        Numbers(json, "percpu_kernel", cpu.PerCpuKernel);
        Numbers(json, "percpu_user", cpu.PerCpuUser);
        json.WriteNumber("kernel", cpu.KernelNanoseconds);
        json.WriteNumber("user", cpu.UserNanoseconds);
        json.WriteEndObject();
        json.WriteStartObject("throttling");
        Number(json, "periods", cpu.Periods);
        Number(json, "throttledPeriods", cpu.ThrottledPeriods);
        Number(json, "throttledTime", cpu.ThrottledNanoseconds);
        json.WriteEndObject();
        Pressure(json, cpu.Pressure);
        json.WriteEndObject();
    }

    private static void Cpuset(Utf8JsonWriter json, CpusetStats cpuset)
    {
        json.WriteStartObject("cpuset");
        Set(json, "cpus", cpuset.Cpus);
        json.WriteNumber("cpu_exclusive", cpuset.CpuExclusive);
        Set(json, "mems", cpuset.Mems);
        json.WriteNumber("mem_hardwall", cpuset.MemHardwall);
        json.WriteNumber("mem_exclusive", cpuset.MemExclusive);
        json.WriteNumber("memory_migrate", cpuset.MemoryMigrate);
        json.WriteNumber("memory_spread_page", cpuset.MemorySpreadPage);
        json.WriteNumber("memory_spread_slab", cpuset.MemorySpreadSlab);
        json.WriteNumber("memory_pressure", cpuset.MemoryPressure);
        json.WriteNumber("sched_load_balance", cpuset.SchedLoadBalance);
        json.WriteNumber("sched_relax_domain_level", cpuset.SchedRelaxDomainLevel);
        json.WriteEndObject();
    }

    private static void Memory(Utf8JsonWriter json, MemoryStats memory)
    {
        json.WriteStartObject("memory");
        Number(json, "cache", memory.Cache);
        Counter(json, "usage", memory.Usage);
        Counter(json, "swap", memory.Swap);
        Counter(json, "kernel", memory.Kernel);
        Counter(json, "kernelTCP", memory.KernelTcp);
        if (memory.Raw.Count > 0)
        {
            json.WriteStartObject("raw");
            foreach ((string key, ulong value) in memory.Raw) json.WriteNumber(key, value);
            json.WriteEndObject();
        }
        Pressure(json, memory.Pressure);
        json.WriteEndObject();
    }

    private static void Counter(Utf8JsonWriter json, string name, MemoryCounter counter)
    {
        json.WriteStartObject(name);
        json.WriteNumber("limit", counter.Limit);
        Number(json, "usage", counter.Usage);
        Number(json, "max", counter.Maximum);
        json.WriteNumber("failcnt", counter.FailureCount);
        json.WriteEndObject();
    }

    private static void BlockIo(Utf8JsonWriter json, BlockIoStats io)
    {
        json.WriteStartObject("blkio");
        Entries(json, "ioServiceBytesRecursive", io.ServiceBytes);
        Entries(json, "ioServicedRecursive", io.Serviced);
        Entries(json, "ioQueueRecursive", io.Queued);
        Entries(json, "ioServiceTimeRecursive", io.ServiceTime);
        Entries(json, "ioWaitTimeRecursive", io.WaitTime);
        Entries(json, "ioMergedRecursive", io.Merged);
        Entries(json, "ioTimeRecursive", io.Time);
        Entries(json, "sectorsRecursive", io.Sectors);
        Pressure(json, io.Pressure);
        json.WriteEndObject();
    }

    private static void Entries(Utf8JsonWriter json, string name, List<BlockIoEntry> entries)
    {
        if (entries.Count == 0) return;
        json.WriteStartArray(name);
        foreach (BlockIoEntry entry in entries)
        {
            json.WriteStartObject();
            Number(json, "major", entry.Major);
            Number(json, "minor", entry.Minor);
            if (entry.Operation.Length > 0) json.WriteString("op", entry.Operation);
            Number(json, "value", entry.Value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Pressure(Utf8JsonWriter json, PressureStats? pressure)
    {
        if (pressure is null) return;
        json.WriteStartObject("psi");
        Line(json, "some", pressure.Some);
        Line(json, "full", pressure.Full);
        json.WriteEndObject();
    }

    private static void Line(Utf8JsonWriter json, string name, PressureLine line)
    {
        json.WriteStartObject(name);
        json.WriteNumber("avg10", line.Average10);
        json.WriteNumber("avg60", line.Average60);
        json.WriteNumber("avg300", line.Average300);
        json.WriteNumber("total", line.TotalMicroseconds);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, ulong value)
    {
        if (value != 0) json.WriteNumber(name, value);
    }

    private static void Numbers(Utf8JsonWriter json, string name, ulong[] values)
    {
        if (values.Length == 0) return;
        json.WriteStartArray(name);
        foreach (ulong value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static void Set(Utf8JsonWriter json, string name, ushort[] values)
    {
        if (values.Length == 0) return;
        json.WriteStartArray(name);
        foreach (ushort value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
