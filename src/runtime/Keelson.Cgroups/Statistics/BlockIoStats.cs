namespace Keelson.Cgroups;

/// <summary>Block devices of a group, with the groups below.</summary>
public sealed class BlockIoStats
{
    /// <summary>Bytes transferred.</summary>
    public List<BlockIoEntry> ServiceBytes { get; set; } = [];

    /// <summary>Operations.</summary>
    public List<BlockIoEntry> Serviced { get; set; } = [];

    /// <summary>Operations that wait; with the CFQ scheduler.</summary>
    public List<BlockIoEntry> Queued { get; set; } = [];

    /// <summary>Time between dispatch and completion, in nanoseconds; CFQ and BFQ.</summary>
    public List<BlockIoEntry> ServiceTime { get; set; } = [];

    /// <summary>Time in queues, in nanoseconds; CFQ and BFQ.</summary>
    public List<BlockIoEntry> WaitTime { get; set; } = [];

    /// <summary>Operations that were merged; CFQ and BFQ.</summary>
    public List<BlockIoEntry> Merged { get; set; } = [];

    /// <summary>Time on the device; CFQ and BFQ.</summary>
    public List<BlockIoEntry> Time { get; set; } = [];

    /// <summary>Sectors; CFQ and BFQ.</summary>
    public List<BlockIoEntry> Sectors { get; set; } = [];

    /// <summary>Waiting for block devices; cgroup v2 alone.</summary>
    public PressureStats? Pressure { get; set; }
}
