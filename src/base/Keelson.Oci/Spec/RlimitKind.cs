namespace Keelson.Oci;

/// <summary>Resources that getrlimit(2) knows, with the numbers that Linux gives them on x86, ARM, RISC-V, POWER and s390.</summary>
public enum RlimitKind
{
    /// <summary>CPU time, seconds.</summary>
    RLIMIT_CPU = 0,
    /// <summary>Size of files it writes, bytes.</summary>
    RLIMIT_FSIZE = 1,
    /// <summary>Data segment, bytes.</summary>
    RLIMIT_DATA = 2,
    /// <summary>Stack, bytes.</summary>
    RLIMIT_STACK = 3,
    /// <summary>Core file, bytes.</summary>
    RLIMIT_CORE = 4,
    /// <summary>Resident set, bytes; without effect.</summary>
    RLIMIT_RSS = 5,
    /// <summary>Threads of the real user.</summary>
    RLIMIT_NPROC = 6,
    /// <summary>One more than the highest descriptor.</summary>
    RLIMIT_NOFILE = 7,
    /// <summary>Locked memory, bytes.</summary>
    RLIMIT_MEMLOCK = 8,
    /// <summary>Address space, bytes.</summary>
    RLIMIT_AS = 9,
    /// <summary>File locks; without effect.</summary>
    RLIMIT_LOCKS = 10,
    /// <summary>Queued signals of the real user.</summary>
    RLIMIT_SIGPENDING = 11,
    /// <summary>POSIX message queues of the real user, bytes.</summary>
    RLIMIT_MSGQUEUE = 12,
    /// <summary>20 minus the lowest nice value that it may take.</summary>
    RLIMIT_NICE = 13,
    /// <summary>Highest real-time priority.</summary>
    RLIMIT_RTPRIO = 14,
    /// <summary>CPU time under real-time scheduling without blocking, microseconds.</summary>
    RLIMIT_RTTIME = 15,
}
