namespace Keelson.Cgroups;

/// <summary>Memory of a group, in bytes.</summary>
public sealed class MemoryStats
{
    /// <summary>Page cache: <c>cache</c> of v1, <c>file</c> of v2.</summary>
    public ulong Cache { get; set; }

    /// <summary>Memory.</summary>
    public MemoryCounter Usage { get; set; }

    /// <summary>Memory and swap together, in v2 too, where it is computed.</summary>
    public MemoryCounter Swap { get; set; }

    /// <summary>Kernel memory; cgroup v1 alone.</summary>
    public MemoryCounter Kernel { get; set; }

    /// <summary>Buffers of TCP sockets; cgroup v1 alone.</summary>
    public MemoryCounter KernelTcp { get; set; }

    /// <summary>Every line of <c>memory.stat</c>.</summary>
    public Dictionary<string, ulong> Raw { get; } = [];

    /// <summary>Every line of <c>memory.oom_control</c> of v1, <c>memory.events</c> of v2: what happened for want of memory, counted.</summary>
    public Dictionary<string, ulong> Events { get; } = [];

    /// <summary>Waiting for memory; cgroup v2 alone.</summary>
    public PressureStats? Pressure { get; set; }
}
