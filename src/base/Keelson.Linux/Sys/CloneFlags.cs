namespace Keelson.Linux.Sys;

/// <summary>Flags of clone(2), clone3(2), unshare(2) and setns(2).</summary>
[Flags]
public enum CloneFlags : ulong
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Share memory.</summary>
    CLONE_VM = 0x100,
    /// <summary>Give back a descriptor of the child.</summary>
    CLONE_PIDFD = 0x1000,
    /// <summary>The child's parent is the caller's parent.</summary>
    CLONE_PARENT = 0x8000,
    /// <summary>A new mount namespace.</summary>
    CLONE_NEWNS = 0x20000,
    /// <summary>A new time namespace. unshare(2) and clone3(2) alone; in clone(2) the bit is part of the signal.</summary>
    CLONE_NEWTIME = 0x80,
    /// <summary>A new cgroup namespace.</summary>
    CLONE_NEWCGROUP = 0x02000000,
    /// <summary>A new UTS namespace.</summary>
    CLONE_NEWUTS = 0x04000000,
    /// <summary>A new IPC namespace.</summary>
    CLONE_NEWIPC = 0x08000000,
    /// <summary>A new user namespace.</summary>
    CLONE_NEWUSER = 0x10000000,
    /// <summary>A new PID namespace.</summary>
    CLONE_NEWPID = 0x20000000,
    /// <summary>A new network namespace.</summary>
    CLONE_NEWNET = 0x40000000,
    /// <summary>Reset all signal handlers. clone3(2) alone.</summary>
    CLONE_CLEAR_SIGHAND = 0x1_0000_0000,
    /// <summary>Start in another cgroup. clone3(2) alone.</summary>
    CLONE_INTO_CGROUP = 0x2_0000_0000,
}
