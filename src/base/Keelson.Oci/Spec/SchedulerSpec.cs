namespace Keelson.Oci;

/// <summary>CPU scheduling of a process.</summary>
/// <remarks>runtime-spec 1.3 config "Linux Process", <c>scheduler</c>; sched_setattr(2).</remarks>
public sealed class SchedulerSpec
{
    /// <summary>The policy.</summary>
    public SchedulerPolicy Policy { get; set; }

    /// <summary>Nice value for OTHER and BATCH, -20 to 19. Default 0.</summary>
    public int Nice { get; set; }

    /// <summary>Static priority for FIFO and RR, 1 to 99. Default 0.</summary>
    public int Priority { get; set; }

    /// <summary>Flags.</summary>
    public SchedulerFlags Flags { get; set; }

    /// <summary>Nanoseconds of run time per period, for DEADLINE.</summary>
    public ulong Runtime { get; set; }

    /// <summary>Nanoseconds until the run time must have been given, for DEADLINE.</summary>
    public ulong Deadline { get; set; }

    /// <summary>Nanoseconds of a period, for DEADLINE.</summary>
    public ulong Period { get; set; }
}
