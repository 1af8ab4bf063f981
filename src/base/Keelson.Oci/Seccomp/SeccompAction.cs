namespace Keelson.Oci;

/// <summary>What happens to a system call, in libseccomp's names.</summary>
public enum SeccompAction
{
    /// <summary>Kills the thread; the older name of <see cref="SCMP_ACT_KILL_THREAD"/>.</summary>
    SCMP_ACT_KILL,
    /// <summary>Kills the process.</summary>
    SCMP_ACT_KILL_PROCESS,
    /// <summary>Kills the thread.</summary>
    SCMP_ACT_KILL_THREAD,
    /// <summary>Sends SIGSYS.</summary>
    SCMP_ACT_TRAP,
    /// <summary>Fails the call with an error number.</summary>
    SCMP_ACT_ERRNO,
    /// <summary>Tells the tracer; ENOSYS without one.</summary>
    SCMP_ACT_TRACE,
    /// <summary>Lets the call happen.</summary>
    SCMP_ACT_ALLOW,
    /// <summary>Lets the call happen and logs it.</summary>
    SCMP_ACT_LOG,
    /// <summary>Asks the listener.</summary>
    SCMP_ACT_NOTIFY,
}
