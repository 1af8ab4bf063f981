using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>What makes written data outlive a loss of power. fsync(2), fdatasync(2), sync_file_range(2), ftruncate(2), fallocate(2).</summary>
public static partial class Durability
{
    private const uint SYNC_FILE_RANGE_WRITE = 2;
    private const int FALLOC_FL_KEEP_SIZE = 1;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sync_file_range(int fd, long offset, long bytes, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(int fd, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(int fd, int mode, long offset, long bytes);

    /// <summary>Waits until data and attributes of a file, or the names in a directory, are on the disk. fsync(2).</summary>
    /// <param name="fd">An open file or directory.</param>
    /// <returns>EIO, ENOSPC, EDQUOT: something written before is lost; a second call does not bring it back.</returns>
    public static Errno TrySync(int fd)
    {
        Errno errno;
        do errno = Outcome.Of(fsync(fd));
        while (errno == Errno.EINTR);
        return errno;
    }

    /// <summary>As <see cref="TrySync"/>, without attributes that are not needed to read the data again. fdatasync(2).</summary>
    public static Errno TrySyncData(int fd)
    {
        Errno errno;
        do errno = Outcome.Of(fdatasync(fd));
        while (errno == Errno.EINTR);
        return errno;
    }

    /// <summary>Begins to write a part of a file to the disk and does not wait; makes a later fsync short. sync_file_range(2).</summary>
    /// <param name="fd">Open for writing.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="bytes">How many.</param>
    public static Errno TryBeginWriting(int fd, long offset, long bytes) => Outcome.Of(sync_file_range(fd, offset, bytes, SYNC_FILE_RANGE_WRITE));

    /// <summary>Sets the length of a file; what is beyond it is gone. ftruncate(2).</summary>
    public static Errno TrySetLength(int fd, long bytes)
    {
        Errno errno;
        do errno = Outcome.Of(ftruncate(fd, bytes));
        while (errno == Errno.EINTR);
        return errno;
    }

    /// <summary>Takes room for a part of a file that may lie beyond its end; its length stays. fallocate(2) with FALLOC_FL_KEEP_SIZE.</summary>
    /// <param name="fd">Open for writing.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="bytes">How many.</param>
    /// <returns>ENOSPC: there is no room. EOPNOTSUPP: the file system cannot.</returns>
    public static Errno TryReserve(int fd, long offset, long bytes)
    {
        Errno errno;
        do errno = Outcome.Of(fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, bytes));
        while (errno == Errno.EINTR);
        return errno;
    }
}
