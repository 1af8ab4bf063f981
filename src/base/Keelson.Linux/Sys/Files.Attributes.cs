using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

public static unsafe partial class Files
{
    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchown(int fd, uint uid, uint gid);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int futimens(int fd, FileTime* times);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(int fd, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwrite(int fd, byte* buffer, nint count, long offset);

    /// <summary>Changes owner and group of an open file. fchown(2).</summary>
    public static Errno TryChangeOwner(int fd, uint uid, uint gid) => Outcome.Of(fchown(fd, uid, gid));

    /// <summary>Sets the times of an open file. futimens(3).</summary>
    public static Errno TrySetTimes(int fd, FileTime access, FileTime modify)
    {
        FileTime* times = stackalloc FileTime[2] { access, modify };
        return Outcome.Of(futimens(fd, times));
    }

    /// <summary>Makes an open file this long; what is added reads as zeros. ftruncate(2).</summary>
    public static Errno TrySetLength(int fd, long length)
    {
        Errno errno;
        do errno = Outcome.Of(ftruncate(fd, length));
        while (errno == Errno.EINTR);
        return errno;
    }

    /// <summary>Writes all of <paramref name="data"/> at an offset, which the descriptor does not remember. pwrite(2).</summary>
    public static Errno TryWriteAt(int fd, long offset, ReadOnlySpan<byte> data)
    {
        fixed (byte* p = data)
        {
            int done = 0;
            while (done < data.Length)
            {
                nint n = pwrite(fd, p + done, data.Length - done, offset + done);
                Errno errno = Outcome.Of(n);
                if (errno == Errno.EINTR) continue;
                if (errno != Errno.None) return errno;
                done += (int)n;
            }
        }
        return Errno.None;
    }

    /// <summary>Sets an extended attribute of an open file. fsetxattr(2).</summary>
    /// <param name="fd">Open, not with <c>O_PATH</c>.</param>
    /// <param name="attribute">Name with its namespace, ended by a zero byte.</param>
    /// <param name="value">Its bytes.</param>
    /// <returns>EOPNOTSUPP: the file system has none of this kind.</returns>
    public static Errno TrySetAttribute(int fd, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        fixed (byte* a = ZeroEnded(attribute), v = value) return Outcome.Of(fsetxattr(fd, a, v, value.Length, 0));
    }

    /// <summary>Reads an extended attribute of an open file. fgetxattr(2).</summary>
    /// <param name="fd">Open, not with <c>O_PATH</c>.</param>
    /// <param name="attribute">Name with its namespace, ended by a zero byte.</param>
    /// <param name="value">Where the bytes go; empty to ask for the length.</param>
    /// <param name="length">Bytes of the value.</param>
    /// <returns>ENODATA: there is none. ERANGE: it is longer than <paramref name="value"/>.</returns>
    public static Errno TryGetAttribute(int fd, ReadOnlySpan<byte> attribute, Span<byte> value, out int length)
    {
        fixed (byte* a = ZeroEnded(attribute), v = value)
        {
            nint n = fgetxattr(fd, a, v, value.Length);
            Errno errno = Outcome.Of(n);
            length = errno == Errno.None ? (int)n : 0;
            return errno;
        }
    }

    private static ReadOnlySpan<byte> ZeroEnded(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name[^1] == 0 ? name : throw new ArgumentException("the name does not end in a zero byte", nameof(name));
}
