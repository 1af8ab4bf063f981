using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Copies of contents that the kernel makes. ioctl_ficlone(2), copy_file_range(2), lseek(2).</summary>
public static unsafe partial class Copying
{
    private const ulong FICLONE = 0x40049409;
    private const int SEEK_DATA = 3, SEEK_HOLE = 4;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, ulong request, long argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint copy_file_range(int from, long* fromOffset, int to, long* toOffset, nint count, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int fd, long offset, int whence);

    /// <summary>Makes a file share the contents of another until one of them is written. ioctl_ficlone(2).</summary>
    /// <returns>EOPNOTSUPP, EINVAL, ENOTTY: the file system cannot. EXDEV: they are on two.</returns>
    public static Errno TryClone(int from, int to) => Outcome.Of(ioctl(to, FICLONE, from));

    /// <summary>Copies bytes from one file to another inside the kernel. copy_file_range(2).</summary>
    /// <param name="from">Open for reading.</param>
    /// <param name="to">Open for writing.</param>
    /// <param name="offset">In both files.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="copied">How many were copied; 0 at the end of the file.</param>
    /// <returns>EXDEV, EOPNOTSUPP, EINVAL, ENOSYS: this pair of files cannot be copied so.</returns>
    public static Errno TryCopyRange(int from, int to, long offset, long count, out long copied)
    {
        long fromOffset = offset, toOffset = offset;
        Errno errno;
        do errno = Outcome.Of(copied = copy_file_range(from, &fromOffset, to, &toOffset, (nint)count, 0));
        while (errno == Errno.EINTR);
        if (errno != Errno.None) copied = 0;
        return errno;
    }

    /// <summary>Finds the next part of a file that is not a hole. lseek(2) SEEK_DATA and SEEK_HOLE.</summary>
    /// <param name="fd">Open for reading; its offset moves.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="start">First byte of the part.</param>
    /// <param name="end">The byte behind it.</param>
    /// <returns>ENXIO: there is nothing but a hole from here on.</returns>
    public static Errno TryNextData(int fd, long from, out long start, out long end)
    {
        end = 0;
        Errno errno = Outcome.Of(start = lseek(fd, from, SEEK_DATA));
        return errno != Errno.None ? errno : Outcome.Of(end = lseek(fd, start, SEEK_HOLE));
    }
}
