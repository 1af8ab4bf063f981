namespace Keelson.Docker;

/// <summary>Limits of a container, as given to create and to update.</summary>
public record Resources
{
    public long CpuShares { get; set; }

    public long Memory { get; set; }

    public long NanoCpus { get; set; }

    public string CgroupParent { get; set => field = value ?? ""; } = "";

    public ushort BlkioWeight { get; set; }

    public WeightDevice[]? BlkioWeightDevice { get; set; }

    public ThrottleDevice[]? BlkioDeviceReadBps { get; set; }

    public ThrottleDevice[]? BlkioDeviceWriteBps { get; set; }

    public ThrottleDevice[]? BlkioDeviceReadIOps { get; set; }

    public ThrottleDevice[]? BlkioDeviceWriteIOps { get; set; }

    public long CpuPeriod { get; set; }

    public long CpuQuota { get; set; }

    public long CpuRealtimePeriod { get; set; }

    public long CpuRealtimeRuntime { get; set; }

    public string CpusetCpus { get; set => field = value ?? ""; } = "";

    public string CpusetMems { get; set => field = value ?? ""; } = "";

    public DeviceMapping[]? Devices { get; set; }

    public string[]? DeviceCgroupRules { get; set; }

    public DeviceRequest[]? DeviceRequests { get; set; }

    public long KernelMemory { get; set; }

    public long KernelMemoryTCP { get; set; }

    public long MemoryReservation { get; set; }

    public long MemorySwap { get; set; }

    public long? MemorySwappiness { get; set; }

    public bool? OomKillDisable { get; set; }

    public long? PidsLimit { get; set; }

    public Ulimit[]? Ulimits { get; set; }

    public long CpuCount { get; set; }

    public long CpuPercent { get; set; }

    public ulong IOMaximumIOps { get; set; }

    public ulong IOMaximumBandwidth { get; set; }
}
