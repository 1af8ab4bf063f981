using System.Globalization;
using Keelson.Shim.Api;

namespace Keelson.Api.Metrics;

/// <summary>The families of figures of the kernel's about containers, by the type of the message that shims send.</summary>
internal static class CgroupFamilies
{
    /// <summary>All families with the type of the message that they are read from.</summary>
    public static IReadOnlyList<(string Type, CgroupFamily Family)> All { get; } = [.. V1().Select(family => ("io.containerd.cgroups.v1.Metrics", family)), .. V2().Select(family => ("io.containerd.cgroups.v2.Metrics", family))];

    private static IEnumerable<CgroupFamily> V1()
    {
        yield return Pages("usage_bytes", "Huge pages in use, in bytes, by size of a page.", 1);
        yield return Pages("max_bytes", "The most huge pages that were in use, in bytes, by size of a page.", 2);
        yield return Pages("failcnt_total", "How often the limit of huge pages was hit, by size of a page.", 3);
        yield return Number("pids_current", "Processes and threads.", [2], 1);
        yield return Number("pids_limit", "The most processes and threads there may be; 0 without a limit.", [2], 2);
        yield return Number("cpu_total_nanoseconds", "Processor time.", [3, 1], 1);
        yield return Number("cpu_kernel_nanoseconds", "Processor time in the kernel.", [3, 1], 2);
        yield return Number("cpu_user_nanoseconds", "Processor time in programs.", [3, 1], 3);
        yield return new("container_per_cpu_nanoseconds", "Processor time by processor.",
            message => (At(message, 3, 1)?.Numbers(4) ?? []).Select((value, index) => new CgroupFigure(value, ("cpu", index.ToString(CultureInfo.InvariantCulture)))));
        yield return Number("cpu_throttle_periods_total", "Periods with a limit of processor time.", [3, 2], 1);
        yield return Number("cpu_throttled_periods_total", "Periods that were cut short by a limit of processor time.", [3, 2], 2);
        yield return Number("cpu_throttled_time_nanoseconds", "Time for which processes waited because of a limit of processor time.", [3, 2], 3);
        for (int i = 0; i < MemoryStatNames.V1.Count; i++) yield return Number($"memory_{MemoryStatNames.V1[i]}_bytes", $"{MemoryStatNames.V1[i]} of memory.stat.", [4], i + 1);
        foreach ((string name, string what, int field) in ((string, string, int)[])[("usage", "Memory", 33), ("swap", "Memory and swap", 34), ("kernel", "Memory of the kernel", 35), ("kerneltcp", "Memory of TCP sockets", 36)])
        {
            yield return Number($"memory_{name}_limit_bytes", $"{what}: the limit.", [4, field], 1);
            yield return Number($"memory_{name}_usage_bytes", $"{what}: in use.", [4, field], 2);
            yield return Number($"memory_{name}_max_bytes", $"{what}: the most that was in use.", [4, field], 3);
            yield return Number($"memory_{name}_failcnt_total", $"{what}: how often the limit was hit.", [4, field], 4);
        }
        yield return Number("memory_oom_total", "How often a process was killed because memory was out.", [9], 3);
        yield return Blocks("io_service_bytes_recursive_bytes", "Bytes to and from devices.", 1);
        yield return Blocks("io_serviced_recursive_total", "Operations on devices.", 2);
        yield return Blocks("io_queued_recursive_total", "Operations on devices that wait.", 3);
        yield return Blocks("io_service_time_recursive_total", "Nanoseconds that devices took for operations.", 4);
        yield return Blocks("io_merged_recursive_total", "Operations on devices that were merged into others.", 6);
        yield return Blocks("io_time_recursive_total", "Milliseconds that devices were held.", 7);
        yield return Blocks("sectors_recursive_total", "Sectors to and from devices.", 8);
    }

    private static IEnumerable<CgroupFamily> V2()
    {
        yield return Number("pids_current", "Processes and threads.", [1], 1);
        yield return Number("pids_limit", "The most processes and threads there may be; 0 without a limit.", [1], 2);
        yield return Number("cpu_usage_microseconds", "Processor time.", [2], 1);
        yield return Number("cpu_user_usage_microseconds", "Processor time in programs.", [2], 2);
        yield return Number("cpu_kernel_usage_microseconds", "Processor time in the kernel.", [2], 3);
        yield return Number("cpu_nr_periods_total", "Periods with a limit of processor time.", [2], 4);
        yield return Number("cpu_nr_throttled_total", "Periods that were cut short by a limit of processor time.", [2], 5);
        yield return Number("cpu_throttled_usec_microseconds", "Time for which processes waited because of a limit of processor time.", [2], 6);
        for (int i = 0; i < MemoryStatNames.V2.Count; i++) yield return Number($"memory_{MemoryStatNames.V2[i]}_bytes", $"{MemoryStatNames.V2[i]} of memory.stat.", [4], i + 1);
        yield return Number("memory_usage_bytes", "Memory in use.", [4], 32);
        yield return Number("memory_usage_limit_bytes", "The most memory there may be in use.", [4], 33);
        yield return Number("memory_swap_usage_bytes", "Swap in use.", [4], 34);
        yield return Number("memory_swap_Limit_bytes", "The most swap there may be in use.", [4], 35);
        yield return Number("memory_oom_total", "How often memory was out.", [8], 4);
        yield return Device("io_rbytes_bytes", "Bytes read from devices.", 3);
        yield return Device("io_wbytes_bytes", "Bytes written to devices.", 4);
        yield return Device("io_rios_total", "Reads from devices.", 5);
        yield return Device("io_wios_total", "Writes to devices.", 6);
    }

    private static CgroupFamily Number(string name, string help, int[] path, int field) =>
        new("container_" + name, help, message => At(message, path) is { } part ? [new(part.Number(field))] : []);

    private static CgroupFamily Pages(string name, string help, int field) =>
        new("container_hugetlb_" + name, help, message => message.All(1).Select(size => new CgroupFigure(size.Number(field), ("page", size.Text(4)))));

    private static CgroupFamily Blocks(string name, string help, int list) => new("container_blkio_" + name, help, message => (message.Part(5)?.All(list) ?? []).Select(entry =>
        new CgroupFigure(entry.Number(5), ("op", entry.Text(1)), ("device", entry.Text(2)), ("major", Text(entry.Number(3))), ("minor", Text(entry.Number(4))))));

    private static CgroupFamily Device(string name, string help, int field) => new("container_" + name, help, message => (message.Part(6)?.All(1) ?? []).Select(entry =>
        new CgroupFigure(entry.Number(field), ("major", Text(entry.Number(1))), ("minor", Text(entry.Number(2))))));

    private static CgroupMessage? At(CgroupMessage? message, params ReadOnlySpan<int> path)
    {
        foreach (int field in path) message = message?.Part(field);
        return message;
    }

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
