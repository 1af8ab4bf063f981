using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Linux.Sys;

public static unsafe partial class Entries
{
    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchownat(int directory, byte* name, uint uid, uint gid, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int utimensat(int directory, byte* name, FileTime* times, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long directory, byte* name, ulong mode, ulong flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int lsetxattr(byte* path, byte* name, byte* value, nint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint lgetxattr(byte* path, byte* name, byte* value, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint llistxattr(byte* path, byte* names, nint size);

    /// <summary>Changes owner and group of an entry. fchownat(2).</summary>
    public static Errno TryChangeOwner(int directory, ReadOnlySpan<byte> name, uint uid, uint gid)
    {
        fixed (byte* p = Checked(name)) return Outcome.Of(fchownat(directory, p, uid, gid, AT_SYMLINK_NOFOLLOW));
    }

    /// <summary>Changes permission bits of an entry that is no symbolic link. fchmodat2(2), before Linux 6.6 through <c>/proc/self/fd</c>.</summary>
    /// <returns>EOPNOTSUPP: it is a symbolic link, which has no permission bits.</returns>
    public static Errno TryChangeMode(int directory, ReadOnlySpan<byte> name, uint mode)
    {
        Errno errno;
        fixed (byte* p = Checked(name)) errno = Outcome.Of(syscall((long)Syscall.fchmodat2, directory, p, mode, AT_SYMLINK_NOFOLLOW));
        if (errno is not (Errno.ENOSYS or Errno.EPERM)) return errno;
        // EPERM may be a seccomp filter of before fchmodat2; a true one comes again.
        errno = TryOpen(directory, name, OpenFlags.O_PATH, out FdHandle? handle);
        if (errno != Errno.None) return errno;
        using (handle)
        {
            errno = Files.TryStatus(handle!.Fd, out FileStatus status);
            if (errno != Errno.None) return errno;
            return status.IsSymbolicLink ? Errno.EOPNOTSUPP : Files.TryChangeMode(handle.ProcPath, mode);
        }
    }

    /// <summary>Sets the times of an entry. utimensat(2).</summary>
    public static Errno TrySetTimes(int directory, ReadOnlySpan<byte> name, FileTime access, FileTime modify)
    {
        FileTime* times = stackalloc FileTime[2] { access, modify };
        fixed (byte* p = Checked(name)) return Outcome.Of(utimensat(directory, p, times, AT_SYMLINK_NOFOLLOW));
    }

    /// <summary>Sets an extended attribute of an entry, of a symbolic link itself. lsetxattr(2) below <c>/proc/self/fd</c>.</summary>
    /// <param name="directory">Descriptor of the directory.</param>
    /// <param name="name">The entry, a single component, ended by a zero byte.</param>
    /// <param name="attribute">Name of the attribute with its namespace, ended by a zero byte.</param>
    /// <param name="value">Its bytes.</param>
    public static Errno TrySetAttribute(int directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        fixed (byte* p = ProcPath(directory, name), a = Checked(attribute), v = value) return Outcome.Of(lsetxattr(p, a, v, value.Length, 0));
    }

    /// <summary>Reads an extended attribute of an entry, of a symbolic link itself. lgetxattr(2) below <c>/proc/self/fd</c>.</summary>
    /// <param name="directory">Descriptor of the directory.</param>
    /// <param name="name">The entry, a single component, ended by a zero byte.</param>
    /// <param name="attribute">Name of the attribute with its namespace, ended by a zero byte.</param>
    /// <param name="value">Where the bytes go; empty to ask for the length.</param>
    /// <param name="length">Bytes of the value.</param>
    /// <returns>ENODATA: there is none. ERANGE: it is longer than <paramref name="value"/>.</returns>
    public static Errno TryGetAttribute(int directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, Span<byte> value, out int length)
    {
        fixed (byte* p = ProcPath(directory, name), a = Checked(attribute), v = value)
        {
            nint n = lgetxattr(p, a, v, value.Length);
            Errno errno = Outcome.Of(n);
            length = errno == Errno.None ? (int)n : 0;
            return errno;
        }
    }

    /// <summary>Names of the extended attributes of an entry, of a symbolic link itself. llistxattr(2) below <c>/proc/self/fd</c>.</summary>
    /// <param name="directory">Descriptor of the directory.</param>
    /// <param name="name">The entry, a single component, ended by a zero byte.</param>
    /// <param name="names">Where the names go, each ended by a zero byte; 64 KiB hold any.</param>
    /// <param name="length">Bytes of the names.</param>
    public static Errno TryListAttributes(int directory, ReadOnlySpan<byte> name, Span<byte> names, out int length)
    {
        fixed (byte* p = ProcPath(directory, name), v = names)
        {
            nint n = llistxattr(p, v, names.Length);
            Errno errno = Outcome.Of(n);
            length = errno == Errno.None ? (int)n : 0;
            return errno;
        }
    }

    // The last component is not followed by the l-calls; the ones before are the kernel's own link to the open directory.
    private static byte[] ProcPath(int directory, ReadOnlySpan<byte> name)
    {
        string prefix = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory}/");
        byte[] path = new byte[prefix.Length + Checked(name).Length];
        Encoding.ASCII.GetBytes(prefix, path);
        name.CopyTo(path.AsSpan(prefix.Length));
        return path;
    }
}
