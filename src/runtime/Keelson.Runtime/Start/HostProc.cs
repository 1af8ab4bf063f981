using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Start;

/// <summary>The host's procfs, opened once and checked to be one.</summary>
internal static class HostProc
{
    /// <summary>Opens <c>/proc</c>.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: something else is mounted there.</exception>
    public static FdHandle Open()
    {
        FdHandle proc = Files.Open("/proc", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        Errno errno = Files.TryFileSystem(proc.Fd, out long magic);
        if (errno == Errno.None && magic == FileSystemMagic.PROC_SUPER_MAGIC) return proc;
        proc.Dispose();
        errno.ThrowIfError("statfs", "/proc");
        throw new KeelsonException(ErrorKind.FailedPrecondition, "open /proc: it is not procfs");
    }

    /// <summary>Whether openat2(2) may be used: older kernels lack it, filters of outer containers forbid it.</summary>
    public static bool HasOpenAt2(FdHandle proc)
    {
        Errno errno = Files.TryOpenAt2(proc.Fd, "self", OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, ResolveFlags.RESOLVE_BENEATH, out FdHandle? probe);
        probe?.Dispose();
        return errno is not (Errno.ENOSYS or Errno.EPERM);
    }
}
