using System.Diagnostics;
using System.Globalization;

namespace Keelson.Hosting.Metrics;

/// <summary>What the daemon itself takes, under the names that all of Prometheus' clients use, and what it is.</summary>
public static class ProcessFigures
{
    /// <summary>Writes them. proc(5).</summary>
    public static void Write(MetricsWriter writer, string version, string revision)
    {
        writer.Gauge("keelson_build_info", "Version and commit of the daemon.");
        writer.Sample("keelson_build_info", 1UL, ("version", version), ("revision", revision));
        Process self = Process.GetCurrentProcess();
        writer.Counter("process_cpu_seconds_total", "Processor time of the daemon.");
        writer.Sample("process_cpu_seconds_total", self.TotalProcessorTime.TotalSeconds);
        writer.Gauge("process_start_time_seconds", "When the daemon started, in seconds since 1970.");
        writer.Sample("process_start_time_seconds", (self.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
        writer.Gauge("process_resident_memory_bytes", "Memory of the daemon that is in use.");
        writer.Sample("process_resident_memory_bytes", (ulong)self.WorkingSet64);
        writer.Gauge("process_virtual_memory_bytes", "Address space of the daemon.");
        writer.Sample("process_virtual_memory_bytes", (ulong)self.VirtualMemorySize64);
        writer.Gauge("process_open_fds", "Descriptors that the daemon has open.");
        writer.Sample("process_open_fds", (ulong)Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        WriteLimits(writer);
        writer.Gauge("dotnet_gc_heap_bytes", "Memory that the garbage collector manages.");
        writer.Sample("dotnet_gc_heap_bytes", (ulong)GC.GetTotalMemory(forceFullCollection: false));
        writer.Counter("dotnet_gc_collections_total", "Garbage collections of the daemon's memory, by generation.");
        for (int generation = 0; generation <= GC.MaxGeneration; generation++) writer.Sample("dotnet_gc_collections_total", (ulong)GC.CollectionCount(generation), ("generation", generation.ToString(CultureInfo.InvariantCulture)));
        writer.Gauge("dotnet_threadpool_threads", "Threads that work on calls.");
        writer.Sample("dotnet_threadpool_threads", (ulong)ThreadPool.ThreadCount);
    }

    private static void WriteLimits(MetricsWriter writer)
    {
        string[] lines = File.ReadAllLines("/proc/self/limits");
        writer.Gauge("process_max_fds", "The most descriptors that the daemon may have open.");
        writer.Sample("process_max_fds", Limit(lines, "Max open files"));
        writer.Gauge("process_virtual_memory_max_bytes", "The most address space that the daemon may have.");
        writer.Sample("process_virtual_memory_max_bytes", Limit(lines, "Max address space"));
    }

    private static double Limit(string[] lines, string name)
    {
        string line = Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal)) ?? "";
        string[] values = line.Length == 0 ? [] : line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return values is [string soft, ..] && double.TryParse(soft, CultureInfo.InvariantCulture, out double value) ? value : double.PositiveInfinity;
    }
}
