using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Linux.Sys;

/// <summary>Names in directories. getdents64(2).</summary>
public static unsafe partial class Directories
{
    private const byte DT_DIR = 4, DT_UNKNOWN = 0;

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long fd, byte* buffer, long size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chdir(string path);

    /// <summary>Makes a directory the working directory of this process, of all its threads. chdir(2).</summary>
    public static Errno TryEnter(string path) => Outcome.Of(chdir(path));

    /// <summary>Names of the directories in a directory, without <c>.</c> and <c>..</c>, in the kernel's order.</summary>
    /// <param name="path">Absolute, or relative to <paramref name="directory"/>.</param>
    /// <param name="names">The names; empty on an error.</param>
    /// <param name="directory">Descriptor of a directory; the working directory by default.</param>
    public static Errno TryListDirectories(string path, out List<string> names, int directory = Files.AT_FDCWD) => TryList(path, directory, directoriesAlone: true, out names);

    /// <summary>All names in a directory, without <c>.</c> and <c>..</c>, in the kernel's order.</summary>
    /// <param name="path">Absolute, or relative to <paramref name="directory"/>.</param>
    /// <param name="names">The names; empty on an error.</param>
    /// <param name="directory">Descriptor of a directory; the working directory by default.</param>
    public static Errno TryListNames(string path, out List<string> names, int directory = Files.AT_FDCWD) => TryList(path, directory, directoriesAlone: false, out names);

    private static Errno TryList(string path, int directory, bool directoriesAlone, out List<string> names)
    {
        names = [];
        Errno errno = Files.TryOpen(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? handle, directory: directory);
        if (errno != Errno.None) return errno;
        using (handle)
        {
            byte* buffer = stackalloc byte[4096];
            while (true)
            {
                long bytes = syscall((long)Syscall.getdents64, handle!.Fd, buffer, 4096);
                errno = Outcome.Of(bytes);
                if (errno == Errno.EINTR) continue;
                if (errno != Errno.None || bytes == 0) return errno;
                // struct linux_dirent64: inode 8, offset 8, length of the record 2, type 1, name with a zero byte.
                for (long at = 0; at < bytes; at += *(ushort*)(buffer + at + 16))
                {
                    byte type = buffer[at + 18];
                    byte* name = buffer + at + 19;
                    if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0))) continue;
                    if (directoriesAlone && type is not (DT_DIR or DT_UNKNOWN)) continue;
                    string text = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
                    if (directoriesAlone && type == DT_UNKNOWN && (Files.TryStatus(text, out FileStatus status, followLink: false, handle.Fd) != Errno.None || !status.IsDirectory)) continue;
                    names.Add(text);
                }
            }
        }
    }
}
