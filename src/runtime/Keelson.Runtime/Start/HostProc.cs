using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Start;

/// <summary>The host's procfs, opened once and checked to be one.</summary>
internal static class HostProc
{
    /// <summary>PROC_ROOT_INO of the kernel.</summary>
    private const ulong RootInode = 1;

    /// <summary>Opens <c>/proc</c>.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: something else is mounted there.</exception>
    public static FdHandle Open()
    {
        FdHandle proc = Files.Open("/proc", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        FileStatus status = default;
        Errno errno = Files.TryFileSystem(proc.Fd, out long magic);
        if (errno == Errno.None) errno = Files.TryStatus(proc.Fd, out status);
        if (errno == Errno.None && magic == FileSystemMagic.PROC_SUPER_MAGIC && status.Inode == RootInode) return proc;
        proc.Dispose();
        errno.ThrowIfError("statfs", "/proc");
        throw new KeelsonException(ErrorKind.FailedPrecondition, "open /proc: it is not the root of procfs");
    }

    /// <summary>Whether openat2(2) may be used: older kernels lack it, filters of outer containers forbid it.</summary>
    public static bool HasOpenAt2(FdHandle proc)
    {
        Errno errno = Files.TryOpenAt2(proc.Fd, "self", OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, ResolveFlags.RESOLVE_BENEATH, out FdHandle? probe);
        probe?.Dispose();
        return errno is not (Errno.ENOSYS or Errno.EPERM);
    }

    /// <summary>Writes a file of another process's directory, and nothing that someone mounted over it (CVE-2025-52881).</summary>
    /// <param name="pid">The process, as this process counts.</param>
    /// <param name="file">Name below <c>/proc/PID</c>.</param>
    /// <param name="text">What is written, with one write(2).</param>
    /// <exception cref="LinuxException">EXDEV: something is mounted over it. Else what the kernel says to the text.</exception>
    public static void Write(int pid, string file, ReadOnlySpan<byte> text)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{pid}/{file}"), name = "/proc/" + path;
        using FdHandle proc = Open();
        Errno errno = HasOpenAt2(proc)
            ? Files.TryOpenAt2(proc.Fd, path, OpenFlags.O_WRONLY, ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_XDEV | ResolveFlags.RESOLVE_NO_SYMLINKS, out FdHandle? opened)
            : TryOpenInSameMount(proc, path, out opened);
        errno.ThrowIfError("open", name);
        using (opened) Files.TryWrite(opened!.Fd, text).ThrowIfError("write", name);
    }

    private static Errno TryOpenInSameMount(FdHandle proc, string path, out FdHandle? file)
    {
        // Not to wait for the reader of a fifo that someone mounted there.
        Errno errno = Files.TryOpen(path, OpenFlags.O_WRONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK, out file, directory: proc.Fd);
        if (errno != Errno.None) return errno;
        long found = 0;
        errno = Files.TryMountId(proc.Fd, out long wanted);
        if (errno == Errno.None) errno = Files.TryMountId(file!.Fd, out found);
        if (errno == Errno.None && found == wanted) return Errno.None;
        file!.Dispose();
        file = null;
        return errno == Errno.None ? Errno.EXDEV : errno;
    }
}
