using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Containers;

/// <summary>Statistics as messages of the API.</summary>
internal static class StatsMessages
{
    /// <summary>What was counted.</summary>
    /// <param name="container">The container.</param>
    /// <param name="now">What was counted last.</param>
    /// <param name="before">What was counted before that; <see langword="null"/> for nothing.</param>
    public static Docker.ContainerStats Of(ContainerInfo container, ContainerStats now, ContainerStats? before) => new()
    {
        Read = GoTime.Text(now.ReadAt),
        PreRead = GoTime.Text(before?.ReadAt),
        PidsStats = new() { Current = now.Pids, Limit = now.PidsLimit },
        BlkioStats = BlockIo(now),
        CpuStats = Cpu(now),
        PreCpuStats = before is null ? new() : Cpu(before),
        MemoryStats = new()
        {
            Usage = now.MemoryBytes,
            MaxUsage = now.MemoryMaxBytes,
            Failcnt = now.MemoryFailures,
            Limit = now.MemoryLimitBytes,
            Stats = new(now.Memory),
        },
        Name = "/" + container.Name,
        Id = container.Id,
        Networks = now.Networks.Count == 0 ? null : now.Networks.ToDictionary(network => network.Key, network => Network(network.Value)),
    };

    /// <summary>What is told of a container that does not run.</summary>
    public static Docker.ContainerStats Empty(ContainerInfo container) => new()
    {
        Read = GoTime.Zero,
        PreRead = GoTime.Zero,
        Name = "/" + container.Name,
        Id = container.Id,
    };

    private static Docker.CpuStats Cpu(ContainerStats stats) => new()
    {
        CpuUsage = new()
        {
            TotalUsage = stats.CpuTotalNanoseconds,
            PercpuUsage = [.. stats.CpuPerProcessorNanoseconds],
            UsageInKernelmode = stats.CpuKernelNanoseconds,
            UsageInUsermode = stats.CpuUserNanoseconds,
        },
        SystemUsage = stats.SystemCpuNanoseconds,
        OnlineCpus = (uint)stats.OnlineCpus,
        ThrottlingData = new() { Periods = stats.Throttling.Periods, ThrottledPeriods = stats.Throttling.Throttled, ThrottledTime = stats.Throttling.ThrottledNanoseconds },
    };

    private static Docker.BlkioStats BlockIo(ContainerStats stats) => new()
    {
        IoServiceBytesRecursive = [.. stats.BlockIoBytes.Select(Entry)],
        IoServicedRecursive = [.. stats.BlockIoOperations.Select(Entry)],
        IoQueuedRecursive = [],
        IoServiceTimeRecursive = [],
        IoWaitTimeRecursive = [],
        IoMergedRecursive = [],
        IoTimeRecursive = [],
        SectorsRecursive = [],
    };

    private static Docker.BlkioStatEntry Entry(BlockIoEntry entry) => new() { Major = entry.Major, Minor = entry.Minor, Op = entry.Operation, Value = entry.Value };

    private static Docker.NetworkStats Network(NetworkCounters counters) => new()
    {
        RxBytes = counters.ReceivedBytes,
        RxPackets = counters.ReceivedPackets,
        RxErrors = counters.ReceivedErrors,
        RxDropped = counters.ReceivedDropped,
        TxBytes = counters.SentBytes,
        TxPackets = counters.SentPackets,
        TxErrors = counters.SentErrors,
        TxDropped = counters.SentDropped,
    };
}
