namespace Keelson.Oci;

/// <summary>Limits of a control group. What is absent is left as it is.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Control groups".</remarks>
public sealed class LinuxResources
{
    /// <summary>Devices that may be used, in order.</summary>
    public DeviceRule[] Devices { get; set; } = [];

    /// <summary>Memory.</summary>
    public MemoryResources? Memory { get; set; }

    /// <summary>CPU time and CPU sets.</summary>
    public CpuResources? Cpu { get; set; }

    /// <summary>Number of tasks.</summary>
    public PidsResources? Pids { get; set; }

    /// <summary>Block devices.</summary>
    public BlockIoResources? BlockIo { get; set; }

    /// <summary>Huge pages, by page size.</summary>
    public HugepageLimit[] HugepageLimits { get; set; } = [];

    /// <summary>Class and priorities of network packets; cgroup v1 only.</summary>
    public NetworkResources? Network { get; set; }

    /// <summary>RDMA device to its limits.</summary>
    public Dictionary<string, RdmaLimit> Rdma { get => field ??= []; set; }

    /// <summary>File of cgroup v2 to what is written to it, applied last.</summary>
    public Dictionary<string, string> Unified { get => field ??= []; set; }
}
