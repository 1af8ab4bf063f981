using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Mappings. mmap(2).</summary>
public static partial class Memory
{
    private const int PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nint length);

    /// <summary>Reserves zeroed memory; pages take room when they are first written.</summary>
    /// <param name="bytes">Rounded up to pages.</param>
    /// <param name="address">Start of the mapping; 0 on an error.</param>
    public static Errno TryReserve(nint bytes, out nint address)
    {
        address = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        Errno errno = Outcome.Of(address == -1 ? -1 : 0);
        if (errno != Errno.None) address = 0;
        return errno;
    }

    /// <summary>Gives a mapping back.</summary>
    public static void Release(nint address, nint bytes) => _ = munmap(address, bytes);
}
