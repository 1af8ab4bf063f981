namespace Keelson.Engine.Containers;

/// <summary>What the kernel counts of a container at one moment. Fields that are not known are 0 or empty.</summary>
public sealed record ContainerStats
{
    /// <summary>When it was read.</summary>
    public DateTimeOffset ReadAt { get; init; }

    /// <summary>Processor time, in nanoseconds: all, in the kernel, in programs.</summary>
    public ulong CpuTotalNanoseconds { get; init; }

    /// <inheritdoc cref="CpuTotalNanoseconds"/>
    public ulong CpuKernelNanoseconds { get; init; }

    /// <inheritdoc cref="CpuTotalNanoseconds"/>
    public ulong CpuUserNanoseconds { get; init; }

    /// <summary>Processor time of each processor, in nanoseconds; cgroup v1 alone.</summary>
    public IReadOnlyList<ulong> CpuPerProcessorNanoseconds { get; init; } = [];

    /// <summary>Processor time of the whole machine, in nanoseconds, idle time included.</summary>
    public ulong SystemCpuNanoseconds { get; init; }

    /// <summary>Number of processors.</summary>
    public int OnlineCpus { get; init; }

    /// <summary>Periods with a limit, how many of them were cut short, and by how much in nanoseconds.</summary>
    public (ulong Periods, ulong Throttled, ulong ThrottledNanoseconds) Throttling { get; init; }

    /// <summary>Memory in use, in bytes, caches included.</summary>
    public ulong MemoryBytes { get; init; }

    /// <summary>The most memory that was in use, in bytes; cgroup v1 alone.</summary>
    public ulong MemoryMaxBytes { get; init; }

    /// <summary>The limit, in bytes; the machine's memory when there is none.</summary>
    public ulong MemoryLimitBytes { get; init; }

    /// <summary>How often the limit was hit; cgroup v1 alone.</summary>
    public ulong MemoryFailures { get; init; }

    /// <summary>What memory.stat says, by the kernel's names.</summary>
    public IReadOnlyDictionary<string, ulong> Memory { get; init; } = new Dictionary<string, ulong>();

    /// <summary>Processes and threads.</summary>
    public ulong Pids { get; init; }

    /// <summary>Their limit; 0 for none.</summary>
    public ulong PidsLimit { get; init; }

    /// <summary>Bytes by device and operation.</summary>
    public IReadOnlyList<BlockIoEntry> BlockIoBytes { get; init; } = [];

    /// <summary>Operations by device and operation.</summary>
    public IReadOnlyList<BlockIoEntry> BlockIoOperations { get; init; } = [];

    /// <summary>Network devices by name; empty without a network of its own.</summary>
    public IReadOnlyDictionary<string, NetworkCounters> Networks { get; init; } = new Dictionary<string, NetworkCounters>();
}

/// <summary>Count of one block device.</summary>
/// <param name="Major">The device.</param>
/// <param name="Minor">The device.</param>
/// <param name="Operation"><c>read</c>, <c>write</c>, and with cgroup v1 more.</param>
/// <param name="Value">Bytes or operations.</param>
public readonly record struct BlockIoEntry(ulong Major, ulong Minor, string Operation, ulong Value);

/// <summary>Counts of one network device as /proc/net/dev has them.</summary>
public readonly record struct NetworkCounters(ulong ReceivedBytes, ulong ReceivedPackets, ulong ReceivedErrors, ulong ReceivedDropped,
    ulong SentBytes, ulong SentPackets, ulong SentErrors, ulong SentDropped);
