using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

public static unsafe partial class Directories
{
    private const int SEEK_SET = 0;

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int fd, long offset, int whence);

    /// <summary>All names in an open directory as bytes, without <c>.</c> and <c>..</c>, each ended by a zero byte, in the kernel's order.</summary>
    /// <param name="directory">Open for reading; it is read from its beginning.</param>
    /// <param name="names">The names; what was read so far on an error.</param>
    public static Errno TryListNames(int directory, out List<byte[]> names)
    {
        const int BufferBytes = 32 << 10;
        names = [];
        Errno errno = Outcome.Of(lseek(directory, 0, SEEK_SET));
        if (errno != Errno.None) return errno;
        byte[] room = new byte[BufferBytes];
        fixed (byte* buffer = room)
        {
            while (true)
            {
                long bytes = syscall((long)Syscall.getdents64, directory, buffer, BufferBytes);
                errno = Outcome.Of(bytes);
                if (errno == Errno.EINTR) continue;
                if (errno != Errno.None || bytes == 0) return errno;
                for (long at = 0; at < bytes; at += *(ushort*)(buffer + at + 16))
                {
                    byte* name = buffer + at + 19;
                    if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0))) continue;
                    names.Add(new ReadOnlySpan<byte>(name, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name).Length + 1).ToArray());
                }
            }
        }
    }
}
