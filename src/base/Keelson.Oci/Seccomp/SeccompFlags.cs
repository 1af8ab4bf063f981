namespace Keelson.Oci;

/// <summary>Flags for seccomp(2), with the kernel's names and values, of which a profile may ask.</summary>
[Flags]
public enum SeccompFlags : uint
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Applies the filter to all threads of the process.</summary>
    SECCOMP_FILTER_FLAG_TSYNC = 1,
    /// <summary>Logs every action except ALLOW.</summary>
    SECCOMP_FILTER_FLAG_LOG = 2,
    /// <summary>Leaves the mitigation of speculative store bypass off.</summary>
    SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4,
    /// <summary>A notified call that the listener has received waits for the answer, interrupted only by fatal signals.</summary>
    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 32,
}
