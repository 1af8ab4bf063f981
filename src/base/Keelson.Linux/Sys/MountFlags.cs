namespace Keelson.Linux.Sys;

/// <summary>Flags of mount(2).</summary>
[Flags]
public enum MountFlags : ulong
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Nothing can be written.</summary>
    MS_RDONLY = 1,
    /// <summary>Set-user-ID bits have no effect.</summary>
    MS_NOSUID = 2,
    /// <summary>Device nodes have no effect.</summary>
    MS_NODEV = 4,
    /// <summary>Nothing can be executed.</summary>
    MS_NOEXEC = 8,
    /// <summary>Every write waits for the disk.</summary>
    MS_SYNCHRONOUS = 16,
    /// <summary>Changes an existing mount.</summary>
    MS_REMOUNT = 32,
    /// <summary>Every change of a directory waits for the disk.</summary>
    MS_DIRSYNC = 128,
    /// <summary>Access times are not kept.</summary>
    MS_NOATIME = 1024,
    /// <summary>Access times of directories are not kept.</summary>
    MS_NODIRATIME = 2048,
    /// <summary>Shows a directory at another place.</summary>
    MS_BIND = 4096,
    /// <summary>With the mounts below.</summary>
    MS_REC = 16384,
    /// <summary>No propagation.</summary>
    MS_PRIVATE = 1 << 18,
    /// <summary>Propagation in one direction.</summary>
    MS_SLAVE = 1 << 19,
    /// <summary>Propagation in both directions.</summary>
    MS_SHARED = 1 << 20,
    /// <summary>Access times are kept when older than changes.</summary>
    MS_RELATIME = 1 << 21,
    /// <summary>Access times are always kept.</summary>
    MS_STRICTATIME = 1 << 24,
}
