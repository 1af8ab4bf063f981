using System.Text.Json.Serialization;

namespace Keelson.Engine.Containers;

/// <summary>Limits of a container, with docker's names in JSON. Docker Engine API v1.41 <c>Resources</c>.</summary>
public record ResourceSettings
{
    /// <summary>Share of the processors against others, v1 scale 2 to 262144; 0 for the kernel's 1024.</summary>
    public long CpuShares { get; init; }

    /// <summary>Most memory, in bytes; 0 for no limit, else at least 6 MiB, as docker.</summary>
    [JsonPropertyName("Memory")]
    public long MemoryBytes { get; init; }

    /// <summary>Most processor time, in billionths of one processor; 0 for no limit.</summary>
    public long NanoCpus { get; init; }

    /// <summary>The cgroup to stand below; empty for the engine's own.</summary>
    public string CgroupParent { get; init => field = value ?? ""; } = "";

    /// <summary>Share of block devices, 10 to 1000; 0 for the kernel's default.</summary>
    public ushort BlkioWeight { get; init; }

    /// <summary>Shares of single devices.</summary>
    public IReadOnlyList<DeviceWeight>? BlkioWeightDevice { get; init; }

    /// <summary>Bytes read a second.</summary>
    public IReadOnlyList<DeviceRate>? BlkioDeviceReadBps { get; init; }

    /// <summary>Bytes written a second.</summary>
    public IReadOnlyList<DeviceRate>? BlkioDeviceWriteBps { get; init; }

    /// <summary>Reads a second.</summary>
    [JsonPropertyName("BlkioDeviceReadIOps")]
    public IReadOnlyList<DeviceRate>? BlkioDeviceReadIops { get; init; }

    /// <summary>Writes a second.</summary>
    [JsonPropertyName("BlkioDeviceWriteIOps")]
    public IReadOnlyList<DeviceRate>? BlkioDeviceWriteIops { get; init; }

    /// <summary>Length of a period, in microseconds; 0 for 100,000.</summary>
    [JsonPropertyName("CpuPeriod")]
    public long CpuPeriodMicroseconds { get; init; }

    /// <summary>Processor time in a period, in microseconds; 0 for no limit.</summary>
    [JsonPropertyName("CpuQuota")]
    public long CpuQuotaMicroseconds { get; init; }

    /// <summary>Length of a period of real-time processes, in microseconds.</summary>
    [JsonPropertyName("CpuRealtimePeriod")]
    public long CpuRealtimePeriodMicroseconds { get; init; }

    /// <summary>Real-time processor time in a period, in microseconds.</summary>
    [JsonPropertyName("CpuRealtimeRuntime")]
    public long CpuRealtimeRuntimeMicroseconds { get; init; }

    /// <summary>Processors it may use: <c>0-2,4</c>.</summary>
    public string CpusetCpus { get; init => field = value ?? ""; } = "";

    /// <summary>Memory nodes it may use.</summary>
    public string CpusetMems { get; init => field = value ?? ""; } = "";

    /// <summary>Devices of the host.</summary>
    public IReadOnlyList<DeviceMapping>? Devices { get; init; }

    /// <summary>Rules of the devices cgroup: <c>c 13:* rwm</c>.</summary>
    public IReadOnlyList<string>? DeviceCgroupRules { get; init; }

    /// <summary>Devices that a driver finds (GPUs). No driver is there: a container that asks for some is refused.</summary>
    public IReadOnlyList<DeviceRequest>? DeviceRequests { get; init; }

    /// <summary>Kernel memory, in bytes; gone from kernels and passed over with a warning.</summary>
    [JsonPropertyName("KernelMemory")]
    public long KernelMemoryBytes { get; init; }

    /// <summary>Kernel memory of TCP, in bytes.</summary>
    [JsonPropertyName("KernelMemoryTCP")]
    public long KernelMemoryTcpBytes { get; init; }

    /// <summary>Memory to be left with when it is scarce, in bytes.</summary>
    [JsonPropertyName("MemoryReservation")]
    public long MemoryReservationBytes { get; init; }

    /// <summary>Most memory and swap together, in bytes; -1 for no limit of swap, 0 for twice the memory.</summary>
    [JsonPropertyName("MemorySwap")]
    public long MemorySwapBytes { get; init; }

    /// <summary>How soon it is swapped out, 0 to 100; <see langword="null"/> or -1 for the kernel's.</summary>
    public long? MemorySwappiness { get; init; }

    /// <summary>Whether it waits instead of being killed when memory is out.</summary>
    public bool? OomKillDisable { get; init; }

    /// <summary>Most processes and threads; <see langword="null"/>, 0 or -1 for no limit.</summary>
    public long? PidsLimit { get; init; }

    /// <summary>Limits of its processes.</summary>
    public IReadOnlyList<Ulimit>? Ulimits { get; init; }

    /// <summary>Windows alone. Kept for clients.</summary>
    public long CpuCount { get; init; }

    /// <summary>Windows alone. Kept for clients.</summary>
    public long CpuPercent { get; init; }

    /// <summary>Windows alone. Kept for clients.</summary>
    [JsonPropertyName("IOMaximumIOps")]
    public ulong IoMaximumIops { get; init; }

    /// <summary>Windows alone. Kept for clients.</summary>
    [JsonPropertyName("IOMaximumBandwidth")]
    public ulong IoMaximumBandwidth { get; init; }
}

/// <summary>Share of one block device.</summary>
/// <param name="Path">The device's node on the host.</param>
/// <param name="Weight">10 to 1000.</param>
public sealed record DeviceWeight(string Path, ushort Weight)
{
    /// <inheritdoc cref="DeviceWeight" path="/param[@name='Path']"/>
    public string Path { get; init => field = value ?? ""; } = Path ?? "";
}

/// <summary>Rate of one block device.</summary>
/// <param name="Path">The device's node on the host.</param>
/// <param name="Rate">Bytes or operations a second.</param>
public sealed record DeviceRate(string Path, ulong Rate)
{
    /// <inheritdoc cref="DeviceRate" path="/param[@name='Path']"/>
    public string Path { get; init => field = value ?? ""; } = Path ?? "";
}

/// <summary>A device of the host in the container.</summary>
/// <param name="PathOnHost">A device node, or a directory of them.</param>
/// <param name="PathInContainer">Its name inside; empty for the same.</param>
/// <param name="CgroupPermissions">Of <c>r</c>, <c>w</c>, <c>m</c>; empty for all.</param>
public sealed record DeviceMapping(string PathOnHost, string PathInContainer = "", string CgroupPermissions = "rwm")
{
    /// <inheritdoc cref="DeviceMapping" path="/param[@name='PathOnHost']"/>
    public string PathOnHost { get; init => field = value ?? ""; } = PathOnHost ?? "";

    /// <inheritdoc cref="DeviceMapping" path="/param[@name='PathInContainer']"/>
    public string PathInContainer { get; init => field = value ?? ""; } = PathInContainer ?? "";

    /// <inheritdoc cref="DeviceMapping" path="/param[@name='CgroupPermissions']"/>
    public string CgroupPermissions { get; init => field = value ?? ""; } = CgroupPermissions ?? "";
}

/// <summary>Devices that a driver is to find.</summary>
public sealed record DeviceRequest
{
    /// <summary>The driver's name.</summary>
    public string Driver { get; init => field = value ?? ""; } = "";

    /// <summary>How many; -1 for all.</summary>
    public int Count { get; init; }

    /// <summary>Which ones.</summary>
    [JsonPropertyName("DeviceIDs")]
    public IReadOnlyList<string>? DeviceIds { get; init; }

    /// <summary>What they must be able to do: one of the lists, each with all of its words.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Capabilities { get; init; }

    /// <summary>What else the driver is told.</summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

/// <summary>A limit of processes.</summary>
/// <param name="Name">As in limits.conf(5): <c>nofile</c>.</param>
/// <param name="Soft">What holds at first; -1 for none.</param>
/// <param name="Hard">What it can be raised to; -1 for none.</param>
public sealed record Ulimit(string Name, long Soft, long Hard)
{
    /// <inheritdoc cref="Ulimit" path="/param[@name='Name']"/>
    public string Name { get; init => field = value ?? ""; } = Name ?? "";
}
