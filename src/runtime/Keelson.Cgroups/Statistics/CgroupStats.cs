namespace Keelson.Cgroups;

/// <summary>What the kernel counts about a group. Parts whose controller is missing are zero or empty.</summary>
public sealed class CgroupStats
{
    /// <summary>CPU time.</summary>
    public CpuStats Cpu { get; } = new();

    /// <summary>CPU and memory node sets, cgroup v1 alone.</summary>
    public CpusetStats Cpuset { get; } = new();

    /// <summary>Memory.</summary>
    public MemoryStats Memory { get; } = new();

    /// <summary>Tasks.</summary>
    public PidsStats Pids { get; } = new();

    /// <summary>Block devices.</summary>
    public BlockIoStats BlockIo { get; } = new();

    /// <summary>Huge pages by page size: <c>2MB</c>.</summary>
    public Dictionary<string, HugepageStats> Hugepages { get; } = [];

    /// <summary>RDMA devices by name.</summary>
    public Dictionary<string, RdmaStats> Rdma { get; } = [];
}
