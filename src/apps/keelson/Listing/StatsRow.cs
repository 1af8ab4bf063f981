using System.Globalization;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Listing;

/// <summary>A row of <c>stats</c>.</summary>
internal static class StatsRow
{
    /// <summary>The figures of a sample.</summary>
    public static Row Of(string container, ContainerStats stats, bool isShort)
    {
        string id = stats.Id ?? "";
        ulong used = MemoryUsed(stats.MemoryStats), limit = stats.MemoryStats.Limit;
        double received = 0, sent = 0;
        foreach (NetworkStats network in stats.Networks?.Values ?? Enumerable.Empty<NetworkStats>()) (received, sent) = (received + network.RxBytes, sent + network.TxBytes);
        (ulong read, ulong written) = BlockBytes(stats.BlkioStats);
        return new()
        {
            ["Container"] = container,
            ["ID"] = isShort ? Ellipsis.ShortId(id) : id,
            ["Name"] = stats.Name is { Length: > 1 } name ? name.TrimStart('/') : "--",
            ["CPUPerc"] = Percent(CpuPercent(stats)),
            ["MemUsage"] = $"{Units.BinarySize(used)} / {Units.BinarySize(limit)}",
            ["MemPerc"] = Percent(limit > 0 ? 100.0 * used / limit : 0),
            ["NetIO"] = $"{Units.Size(received)} / {Units.Size(sent)}",
            ["BlockIO"] = $"{Units.Size(read)} / {Units.Size(written)}",
            ["PIDs"] = stats.PidsStats.Current.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static string Percent(double value) => value.ToString("F2", CultureInfo.InvariantCulture) + "%";

    /// <summary>CPU time of the container as a part of one CPU's time between two samples.</summary>
    public static double CpuPercent(ContainerStats stats)
    {
        double own = (double)stats.CpuStats.CpuUsage.TotalUsage - stats.PreCpuStats.CpuUsage.TotalUsage;
        double machine = (double)stats.CpuStats.SystemUsage - stats.PreCpuStats.SystemUsage;
        double cpus = stats.CpuStats.OnlineCpus > 0 ? stats.CpuStats.OnlineCpus : stats.CpuStats.CpuUsage.PercpuUsage?.Length ?? 0;
        return own > 0 && machine > 0 ? own / machine * cpus * 100 : 0;
    }

    /// <summary>Memory without files that could be dropped at once.</summary>
    public static ulong MemoryUsed(MemoryStats memory)
    {
        foreach (string name in (ReadOnlySpan<string>)["total_inactive_file", "inactive_file"])
            if (memory.Stats?.TryGetValue(name, out ulong inactive) == true && inactive < memory.Usage)
                return memory.Usage - inactive;
        return memory.Usage;
    }

    private static (ulong Read, ulong Written) BlockBytes(BlkioStats stats)
    {
        ulong read = 0, written = 0;
        foreach (BlkioStatEntry entry in stats.IoServiceBytesRecursive ?? [])
        {
            if (entry.Op.StartsWith("r", StringComparison.OrdinalIgnoreCase)) read += entry.Value;
            else if (entry.Op.StartsWith("w", StringComparison.OrdinalIgnoreCase)) written += entry.Value;
        }
        return (read, written);
    }
}
