using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

public static partial class Durability
{
    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(int fd);

    /// <summary>Waits until everything that was written to a file system is on the disk. syncfs(2).</summary>
    /// <param name="fd">Any open file or directory on it.</param>
    /// <returns>EIO, ENOSPC, EDQUOT: something written before is lost.</returns>
    public static Errno TrySyncFileSystem(int fd) => Outcome.Of(syncfs(fd));
}
