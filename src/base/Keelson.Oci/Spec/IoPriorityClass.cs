namespace Keelson.Oci;

/// <summary>I/O scheduling classes, with the kernel's names and values. ioprio_set(2).</summary>
public enum IoPriorityClass
{
    /// <summary>Real time.</summary>
    IOPRIO_CLASS_RT = 1,
    /// <summary>Best effort, the usual one.</summary>
    IOPRIO_CLASS_BE = 2,
    /// <summary>Only when nothing else wants the device.</summary>
    IOPRIO_CLASS_IDLE = 3,
}
