using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>
/// Entries of a directory that is open, by names that are bytes. A symbolic link in the last component is never followed. openat(2) and its kin.
/// </summary>
/// <remarks>
/// Every name ends in a zero byte, so that nothing is copied on the way to the kernel; one without is a mistake of the caller (<see cref="ArgumentException"/>).
/// A name may be a path; then links in its earlier components are followed, so code that confines itself gives single components.
/// </remarks>
public static unsafe partial class Entries
{
    private const int AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int directory, byte* name, OpenFlags flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long directory, byte* name, OpenHow* how, long size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatat(int directory, byte* name, FileStatus* status, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkdirat(int directory, byte* name, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mknodat(int directory, byte* name, uint mode, ulong device);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlinkat(int directory, byte* name, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int linkat(int oldDirectory, byte* oldName, int newDirectory, byte* newName, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int symlinkat(byte* target, int directory, byte* name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlinkat(int directory, byte* name, byte* buffer, nint size);

    /// <summary>Opens an entry close-on-exec; <c>O_NOFOLLOW</c> is always added. openat(2).</summary>
    /// <param name="directory">Descriptor of the directory.</param>
    /// <param name="name">The entry, ended by a zero byte.</param>
    /// <param name="flags">How; <c>O_CLOEXEC</c> is always added.</param>
    /// <param name="handle">The open file, owned by the caller; <see langword="null"/> on an error.</param>
    /// <param name="mode">Permission bits of a file that is created; the umask applies.</param>
    /// <returns>ELOOP, or with <c>O_DIRECTORY</c> ENOTDIR: it is a symbolic link.</returns>
    public static Errno TryOpen(int directory, ReadOnlySpan<byte> name, OpenFlags flags, out FdHandle? handle, uint mode = 0)
    {
        int fd;
        Errno errno;
        fixed (byte* p = Checked(name))
        {
            do errno = Outcome.Of(fd = openat(directory, p, flags | OpenFlags.O_CLOEXEC | OpenFlags.O_NOFOLLOW, mode));
            while (errno == Errno.EINTR);
        }
        handle = errno == Errno.None ? new FdHandle(fd) : null;
        return errno;
    }

    /// <summary>Opens a path under rules of resolution that the kernel enforces. openat2(2).</summary>
    /// <param name="directory">Descriptor of the directory that resolution starts from.</param>
    /// <param name="path">Path below it, ended by a zero byte.</param>
    /// <param name="flags">How; <c>O_CLOEXEC</c> is always added.</param>
    /// <param name="resolve">What resolution may not do.</param>
    /// <param name="handle">The open file, owned by the caller; <see langword="null"/> on an error.</param>
    /// <returns>ENOSYS before Linux 5.6, EPERM where a seccomp filter forbids it, EXDEV or ELOOP where a rule was broken.</returns>
    public static Errno TryOpenAt2(int directory, ReadOnlySpan<byte> path, OpenFlags flags, ResolveFlags resolve, out FdHandle? handle)
    {
        OpenHow how = new() { Flags = (ulong)(flags | OpenFlags.O_CLOEXEC), Resolve = (ulong)resolve };
        long fd;
        Errno errno;
        fixed (byte* p = Checked(path))
        {
            // EAGAIN: the tree was changed during a lookup with "..", openat2(2) asks to try again.
            int tries = 0;
            do errno = Outcome.Of(fd = syscall((long)Syscall.openat2, directory, p, &how, sizeof(OpenHow)));
            while (errno == Errno.EINTR || (errno == Errno.EAGAIN && ++tries < 128));
        }
        handle = errno == Errno.None ? new FdHandle((int)fd) : null;
        return errno;
    }

    /// <summary>Type, owner, size and device of an entry. fstatat(2).</summary>
    public static Errno TryStatus(int directory, ReadOnlySpan<byte> name, out FileStatus status)
    {
        fixed (byte* p = Checked(name))
        fixed (FileStatus* s = &status) return Outcome.Of(fstatat(directory, p, s, AT_SYMLINK_NOFOLLOW));
    }

    /// <summary>Makes a directory. mkdirat(2).</summary>
    /// <param name="directory">Descriptor of the directory.</param>
    /// <param name="name">The entry, ended by a zero byte.</param>
    /// <param name="mode">Permission bits; the umask applies.</param>
    public static Errno TryMakeDirectory(int directory, ReadOnlySpan<byte> name, uint mode)
    {
        fixed (byte* p = Checked(name)) return Outcome.Of(mkdirat(directory, p, mode));
    }

    /// <summary>Makes a fifo, device node or plain file. mknodat(2).</summary>
    /// <param name="directory">Descriptor of the directory.</param>
    /// <param name="name">The entry, ended by a zero byte.</param>
    /// <param name="mode">File type and permission bits; the umask applies.</param>
    /// <param name="device">From <see cref="Device.Make"/>; 0 for a fifo.</param>
    public static Errno TryMakeNode(int directory, ReadOnlySpan<byte> name, uint mode, ulong device)
    {
        fixed (byte* p = Checked(name)) return Outcome.Of(mknodat(directory, p, mode, device));
    }

    /// <summary>Removes a name that is not a directory. unlinkat(2).</summary>
    public static Errno TryUnlink(int directory, ReadOnlySpan<byte> name)
    {
        fixed (byte* p = Checked(name)) return Outcome.Of(unlinkat(directory, p, 0));
    }

    /// <summary>Removes an empty directory. unlinkat(2).</summary>
    public static Errno TryRemoveDirectory(int directory, ReadOnlySpan<byte> name)
    {
        fixed (byte* p = Checked(name)) return Outcome.Of(unlinkat(directory, p, AT_REMOVEDIR));
    }

    /// <summary>Gives a file another name; the new name of a symbolic link is the link. linkat(2).</summary>
    /// <returns>EPERM: it is a directory. EXDEV: on another file system. EMLINK: it has too many names.</returns>
    public static Errno TryLink(int oldDirectory, ReadOnlySpan<byte> oldName, int newDirectory, ReadOnlySpan<byte> newName)
    {
        fixed (byte* from = Checked(oldName), to = Checked(newName)) return Outcome.Of(linkat(oldDirectory, from, newDirectory, to, 0));
    }

    /// <summary>Makes a symbolic link. symlinkat(2).</summary>
    /// <param name="target">What the link says, ended by a zero byte.</param>
    /// <param name="directory">Descriptor of the directory.</param>
    /// <param name="name">The entry, ended by a zero byte.</param>
    public static Errno TrySymlink(ReadOnlySpan<byte> target, int directory, ReadOnlySpan<byte> name)
    {
        fixed (byte* t = Checked(target), p = Checked(name)) return Outcome.Of(symlinkat(t, directory, p));
    }

    /// <summary>What a symbolic link says. readlinkat(2).</summary>
    /// <param name="directory">Descriptor of the directory.</param>
    /// <param name="name">The entry, ended by a zero byte.</param>
    /// <param name="target">Where the text goes; 4096 bytes hold any.</param>
    /// <param name="length">Bytes of the text, without a zero byte.</param>
    /// <returns>EINVAL: it is no symbolic link.</returns>
    public static Errno TryReadLink(int directory, ReadOnlySpan<byte> name, Span<byte> target, out int length)
    {
        fixed (byte* p = Checked(name), t = target)
        {
            nint n = readlinkat(directory, p, t, target.Length);
            Errno errno = Outcome.Of(n);
            length = errno == Errno.None ? (int)n : 0;
            return errno;
        }
    }

    private static ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name[^1] == 0 ? name : throw new ArgumentException("the name does not end in a zero byte", nameof(name));
}
