using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Files and directories. open(2), openat2(2), read(2), stat(2) and their kin.</summary>
public static unsafe partial class Files
{
    /// <summary>The directory descriptor that stands for the working directory. openat(2).</summary>
    public const int AT_FDCWD = -100;

    private const uint RENAME_EXCHANGE = 2;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int openat(int directory, string path, OpenFlags flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long a0, byte* a1, OpenHow* a2, long a3);

    [LibraryImport("libc")]
    private static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int fd, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int fd, byte* buffer, nint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int fd, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstat(int fd, FileStatus* status);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int fstatat(int directory, string path, FileStatus* status, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(int fd, FileSystemStatus* status);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statfs(string path, FileSystemStatus* status);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(int directory, string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mknodat(int directory, string path, uint mode, ulong device);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int directory, string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat(int oldDirectory, string oldPath, int newDirectory, string newPath);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int oldDirectory, string oldPath, int newDirectory, string newPath, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int symlinkat(string target, int directory, string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint readlinkat(int directory, string path, byte* buffer, nint size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int fchownat(int directory, string path, uint uid, uint gid, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchmod(int fd, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int fchmodat(int directory, string path, uint mode, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int utimensat(int directory, string path, long* times, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint flistxattr(int fd, byte* names, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint fgetxattr(int fd, byte* name, byte* value, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsetxattr(int fd, byte* name, byte* value, nint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(int fd, int operation);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(int* fds, OpenFlags flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int fd, int command, long argument);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollEntry* entries, ulong count, int timeoutMilliseconds);

    /// <summary>Opens a file close-on-exec. openat(2).</summary>
    /// <param name="path">Absolute, or relative to <paramref name="directory"/>.</param>
    /// <param name="flags"><c>O_CLOEXEC</c> is always added.</param>
    /// <param name="mode">Permission bits of a file that is created.</param>
    /// <param name="directory">Descriptor of a directory; the working directory by default.</param>
    /// <param name="handle">The open file, owned by the caller; <see langword="null"/> on an error.</param>
    public static Errno TryOpen(string path, OpenFlags flags, out FdHandle? handle, uint mode = 0, int directory = AT_FDCWD)
    {
        int fd;
        Errno errno;
        do errno = Outcome.Of(fd = openat(directory, path, flags | OpenFlags.O_CLOEXEC, mode));
        while (errno == Errno.EINTR);
        handle = errno == Errno.None ? new FdHandle(fd) : null;
        return errno;
    }

    /// <inheritdoc cref="TryOpen"/>
    /// <exception cref="LinuxException">The file could not be opened.</exception>
    public static FdHandle Open(string path, OpenFlags flags, uint mode = 0, int directory = AT_FDCWD)
    {
        TryOpen(path, flags, out FdHandle? handle, mode, directory).ThrowIfError("open", path);
        return handle!;
    }

    /// <summary>Opens a file under rules of path resolution that the kernel enforces. openat2(2).</summary>
    /// <param name="directory">Descriptor of the directory that resolution starts from.</param>
    /// <param name="path">Path below it.</param>
    /// <param name="flags"><c>O_CLOEXEC</c> is always added.</param>
    /// <param name="resolve">What resolution may not do.</param>
    /// <param name="handle">The open file, owned by the caller; <see langword="null"/> on an error.</param>
    /// <param name="mode">Permission bits of a file that is created.</param>
    /// <returns>ENOSYS before Linux 5.6, EPERM where a seccomp filter forbids it, EXDEV or ELOOP where a rule was broken.</returns>
    public static Errno TryOpenAt2(int directory, string path, OpenFlags flags, ResolveFlags resolve, out FdHandle? handle, uint mode = 0)
    {
        OpenHow how = new() { Flags = (ulong)(flags | OpenFlags.O_CLOEXEC), Mode = mode, Resolve = (ulong)resolve };
        long fd;
        Errno errno;
        fixed (byte* p = Text.Utf8Z(path))
        {
            // EAGAIN: the tree was changed during a lookup with "..", openat2(2) asks to try again.
            int tries = 0;
            do errno = Outcome.Of(fd = syscall((long)Syscall.openat2, directory, p, &how, sizeof(OpenHow)));
            while (errno == Errno.EINTR || (errno == Errno.EAGAIN && ++tries < 128));
        }
        handle = errno == Errno.None ? new FdHandle((int)fd) : null;
        return errno;
    }

    /// <summary>Closes a descriptor. The kernel releases it even when it reports an error, so none is reported here.</summary>
    public static void Close(int fd) => _ = close(fd);

    /// <summary>Reads at most the length of <paramref name="buffer"/>. read(2).</summary>
    /// <param name="fd">Open for reading.</param>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="count">Bytes read; 0 at the end of the file.</param>
    public static Errno TryRead(int fd, Span<byte> buffer, out int count)
    {
        nint n;
        Errno errno;
        fixed (byte* p = buffer)
        {
            do errno = Outcome.Of(n = read(fd, p, buffer.Length));
            while (errno == Errno.EINTR);
        }
        count = errno == Errno.None ? (int)n : 0;
        return errno;
    }

    /// <summary>Reads at most the length of <paramref name="buffer"/> at an offset, which the descriptor does not remember. pread(2).</summary>
    /// <param name="fd">Open for reading.</param>
    /// <param name="offset">Bytes from the beginning.</param>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="count">Bytes read; 0 at the end of the file.</param>
    public static Errno TryReadAt(int fd, long offset, Span<byte> buffer, out int count)
    {
        nint n;
        Errno errno;
        fixed (byte* p = buffer)
        {
            do errno = Outcome.Of(n = pread(fd, p, buffer.Length, offset));
            while (errno == Errno.EINTR);
        }
        count = errno == Errno.None ? (int)n : 0;
        return errno;
    }

    /// <summary>Writes as much of <paramref name="data"/> as there is room for. write(2).</summary>
    /// <param name="fd">Open for writing; meant for non-blocking ones.</param>
    /// <param name="data">What to write.</param>
    /// <param name="count">Bytes written.</param>
    /// <returns>EAGAIN: there is no room.</returns>
    public static Errno TryWriteSome(int fd, ReadOnlySpan<byte> data, out int count)
    {
        nint n;
        Errno errno;
        fixed (byte* p = data)
        {
            do errno = Outcome.Of(n = write(fd, p, data.Length));
            while (errno == Errno.EINTR);
        }
        count = errno == Errno.None ? (int)n : 0;
        return errno;
    }

    /// <summary>Writes all of <paramref name="data"/>. write(2).</summary>
    public static Errno TryWrite(int fd, ReadOnlySpan<byte> data)
    {
        fixed (byte* p = data)
        {
            int done = 0;
            do
            {
                nint n = write(fd, p + done, data.Length - done);
                Errno errno = Outcome.Of(n);
                if (errno == Errno.EINTR) continue;
                if (errno != Errno.None) return errno;
                done += (int)n;
            } while (done < data.Length);
        }
        return Errno.None;
    }

    /// <summary>Reads a whole file. Meant for procfs, sysfs and configuration files.</summary>
    /// <param name="path">Absolute, or relative to <paramref name="directory"/>.</param>
    /// <param name="contents">The bytes; empty on an error.</param>
    /// <param name="limitBytes">A longer file is EFBIG. 64 MiB by default.</param>
    /// <param name="directory">Descriptor of a directory; the working directory by default.</param>
    public static Errno TryReadAll(string path, out ReadOnlyMemory<byte> contents, int limitBytes = 64 << 20, int directory = AT_FDCWD)
    {
        contents = default;
        Errno errno = TryOpen(path, OpenFlags.O_RDONLY, out FdHandle? handle, directory: directory);
        if (errno != Errno.None) return errno;
        using (handle) return TryReadAll(handle!.Fd, out contents, limitBytes);
    }

    /// <inheritdoc cref="TryReadAll(string, out ReadOnlyMemory{byte}, int, int)"/>
    public static Errno TryReadAll(int fd, out ReadOnlyMemory<byte> contents, int limitBytes = 64 << 20)
    {
        contents = default;
        Errno errno = TryStatus(fd, out FileStatus status);
        if (errno != Errno.None) return errno;
        byte[] buffer = new byte[Math.Min(Math.Max(status.Size + 1, 4096), limitBytes + 1L)];
        int length = 0;
        while (true)
        {
            errno = TryRead(fd, buffer.AsSpan(length), out int n);
            if (errno != Errno.None) return errno;
            if (n == 0) break;
            length += n;
            if (length < buffer.Length) continue;
            if (length > limitBytes) return Errno.EFBIG;
            Array.Resize(ref buffer, (int)Math.Min((long)buffer.Length * 2, limitBytes + 1L));
        }
        contents = buffer.AsMemory(0, length);
        return Errno.None;
    }

    /// <inheritdoc cref="TryReadAll(string, out ReadOnlyMemory{byte}, int, int)"/>
    /// <exception cref="LinuxException">The file could not be read.</exception>
    public static ReadOnlyMemory<byte> ReadAll(string path, int limitBytes = 64 << 20, int directory = AT_FDCWD)
    {
        TryReadAll(path, out ReadOnlyMemory<byte> contents, limitBytes, directory).ThrowIfError("read", path);
        return contents;
    }

    /// <summary>Writes <paramref name="data"/> to a file in one write(2), as control files of the kernel want it.</summary>
    /// <param name="path">Absolute, or relative to <paramref name="directory"/>.</param>
    /// <param name="data">What to write.</param>
    /// <param name="flags">How to open it: write-only and existing by default.</param>
    /// <param name="mode">Permission bits of a file that is created.</param>
    /// <param name="directory">Descriptor of a directory; the working directory by default.</param>
    public static Errno TryWriteFile(string path, ReadOnlySpan<byte> data, OpenFlags flags = OpenFlags.O_WRONLY, uint mode = 0, int directory = AT_FDCWD)
    {
        Errno errno = TryOpen(path, flags, out FdHandle? handle, mode, directory);
        if (errno != Errno.None) return errno;
        using (handle) return TryWrite(handle!.Fd, data);
    }

    /// <inheritdoc cref="TryWriteFile"/>
    /// <exception cref="LinuxException">The file could not be opened or written.</exception>
    public static void WriteFile(string path, ReadOnlySpan<byte> data, OpenFlags flags = OpenFlags.O_WRONLY, uint mode = 0, int directory = AT_FDCWD) =>
        TryWriteFile(path, data, flags, mode, directory).ThrowIfError("write", path);

    /// <summary>Type, owner, size and device of an open file. fstat(2).</summary>
    public static Errno TryStatus(int fd, out FileStatus status)
    {
        fixed (FileStatus* p = &status) return Outcome.Of(fstat(fd, p));
    }

    /// <summary>Asks statx(2) for <c>stx_mnt_id</c>, which lies at <see cref="MountIdOffset"/> of its answer of <see cref="StatxBytes"/> bytes.</summary>
    public const uint STATX_MNT_ID = 0x1000;

    /// <summary>See <see cref="STATX_MNT_ID"/>.</summary>
    public const int MountIdOffset = 144, StatxBytes = 256;

    /// <summary>The mount through which an open file was reached: the first number of its line in mountinfo. statx(2); Linux 5.8.</summary>
    public static Errno TryMountId(int fd, out long id)
    {
        byte* status = stackalloc byte[StatxBytes];
        new Span<byte>(status, StatxBytes).Clear();
        Errno errno = Outcome.Of(statx(fd, "", (int)OpenTreeFlags.AT_EMPTY_PATH, STATX_MNT_ID, status));
        id = *(long*)(status + MountIdOffset);
        if (errno == Errno.None && (*(uint*)status & STATX_MNT_ID) == 0) return Errno.ENOSYS;
        return errno;
    }

    /// <summary>Type, owner, size and device of a file. fstatat(2).</summary>
    /// <param name="path">Absolute, or relative to <paramref name="directory"/>.</param>
    /// <param name="status">The answer.</param>
    /// <param name="followLink">Whether a last component that is a symbolic link is followed.</param>
    /// <param name="directory">Descriptor of a directory; the working directory by default.</param>
    public static Errno TryStatus(string path, out FileStatus status, bool followLink = true, int directory = AT_FDCWD)
    {
        fixed (FileStatus* p = &status) return Outcome.Of(fstatat(directory, path, p, followLink ? 0 : 0x100));
    }

    /// <summary>The kind of file system that holds an open file. fstatfs(2).</summary>
    /// <param name="fd">Any descriptor on it.</param>
    /// <param name="magic">One of the numbers in <see cref="FileSystemMagic"/>.</param>
    public static Errno TryFileSystem(int fd, out long magic)
    {
        FileSystemStatus status;
        Errno errno = Outcome.Of(fstatfs(fd, &status));
        magic = errno == Errno.None ? status.Type : 0;
        return errno;
    }

    /// <summary>The kind of file system that holds a file. statfs(2).</summary>
    /// <param name="path">A file on it; symbolic links are followed.</param>
    /// <param name="magic">One of the numbers in <see cref="FileSystemMagic"/>; 0 on an error.</param>
    public static Errno TryFileSystem(string path, out long magic)
    {
        FileSystemStatus status;
        Errno errno = Outcome.Of(statfs(path, &status));
        magic = errno == Errno.None ? status.Type : 0;
        return errno;
    }

    /// <summary>Makes a directory. mkdirat(2).</summary>
    public static Errno TryMakeDirectory(string path, uint mode = 0b111_101_101, int directory = AT_FDCWD) => Outcome.Of(mkdirat(directory, path, mode));

    /// <summary>Makes a directory and those above it that are missing.</summary>
    /// <returns>EEXIST never; ENOTDIR when a part of the path is a file.</returns>
    public static Errno TryMakeDirectories(string path, uint mode = 0b111_101_101)
    {
        Errno errno = TryMakeDirectory(path, mode);
        if (errno == Errno.EEXIST) return TryStatus(path, out FileStatus s) is var e && e != Errno.None ? e : s.IsDirectory ? Errno.None : Errno.ENOTDIR;
        if (errno != Errno.ENOENT) return errno;
        int cut = path.TrimEnd('/').LastIndexOf('/');
        if (cut <= 0) return errno;
        errno = TryMakeDirectories(path[..cut], mode);
        if (errno != Errno.None) return errno;
        errno = TryMakeDirectory(path, mode);
        return errno == Errno.EEXIST ? Errno.None : errno;
    }

    /// <summary>Makes a fifo, device node or plain file. mknodat(2).</summary>
    /// <param name="path">Absolute, or relative to <paramref name="directory"/>.</param>
    /// <param name="mode">File type and permission bits; the umask applies.</param>
    /// <param name="device">From <see cref="Device.Make"/>; 0 for a fifo.</param>
    /// <param name="directory">Descriptor of a directory; the working directory by default.</param>
    public static Errno TryMakeNode(string path, uint mode, ulong device = 0, int directory = AT_FDCWD) => Outcome.Of(mknodat(directory, path, mode, device));

    /// <summary>Removes a name. unlink(2).</summary>
    public static Errno TryUnlink(string path, int directory = AT_FDCWD) => Outcome.Of(unlinkat(directory, path, 0));

    /// <summary>Removes an empty directory. rmdir(2).</summary>
    public static Errno TryRemoveDirectory(string path, int directory = AT_FDCWD) => Outcome.Of(unlinkat(directory, path, 0x200));

    /// <summary>Renames a file, replacing what is there. rename(2).</summary>
    public static Errno TryRename(string from, string to, int directory = AT_FDCWD) => Outcome.Of(renameat(directory, from, directory, to));

    /// <summary>Has two files or directories change places, at once. renameat2(2); Linux 3.15.</summary>
    /// <returns>ENOENT: one of them is not there. EINVAL: the file system cannot.</returns>
    public static Errno TryExchange(string one, string other) => Outcome.Of(renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE));

    /// <summary>Makes a symbolic link. symlinkat(2).</summary>
    public static Errno TrySymlink(string target, string path, int directory = AT_FDCWD) => Outcome.Of(symlinkat(target, directory, path));

    /// <summary>What a symbolic link says. readlinkat(2).</summary>
    /// <param name="path">The link.</param>
    /// <param name="target">Its text, at most 4096 bytes; empty on an error.</param>
    /// <param name="directory">Descriptor of a directory; the working directory by default.</param>
    public static Errno TryReadLink(string path, out string target, int directory = AT_FDCWD)
    {
        byte* buffer = stackalloc byte[4096];
        nint n = readlinkat(directory, path, buffer, 4096);
        Errno errno = Outcome.Of(n);
        target = errno == Errno.None ? System.Text.Encoding.UTF8.GetString(buffer, (int)n) : "";
        return errno;
    }

    /// <summary>Changes owner and group. fchownat(2).</summary>
    public static Errno TryChangeOwner(string path, uint uid, uint gid, bool followLink = true, int directory = AT_FDCWD) =>
        Outcome.Of(fchownat(directory, path, uid, gid, followLink ? 0 : 0x100));

    /// <summary>Changes permission bits. fchmod(2).</summary>
    public static Errno TryChangeMode(int fd, uint mode) => Outcome.Of(fchmod(fd, mode));

    /// <summary>Changes permission bits of what is at a path; a symbolic link is followed. fchmodat(2).</summary>
    public static Errno TryChangeMode(string path, uint mode, int directory = AT_FDCWD) => Outcome.Of(fchmodat(directory, path, mode, 0));

    /// <summary>Sets the times of a file, of a symbolic link itself. utimensat(2).</summary>
    /// <param name="path">Relative to <paramref name="directory"/>.</param>
    /// <param name="status">Its access and change times are taken.</param>
    /// <param name="directory">Descriptor of a directory; the working directory by default.</param>
    public static Errno TrySetTimes(string path, in FileStatus status, int directory = AT_FDCWD)
    {
        long* times = stackalloc long[4] { status.AccessSeconds, status.AccessNanoseconds, status.ModifySeconds, status.ModifyNanoseconds };
        return Outcome.Of(utimensat(directory, path, times, 0x100));
    }

    /// <summary>Copies extended attributes from one open file to another. xattr(7).</summary>
    /// <returns>EOPNOTSUPP: the target's file system has none of a kind.</returns>
    public static Errno TryCopyAttributes(int from, int to)
    {
        byte* names = stackalloc byte[4096], value = stackalloc byte[4096];
        nint length = flistxattr(from, names, 4096);
        Errno errno = Outcome.Of(length);
        if (errno == Errno.EOPNOTSUPP) return Errno.None;
        for (nint at = 0; errno == Errno.None && at < length;)
        {
            byte* name = names + at;
            nint size = fgetxattr(from, name, value, 4096);
            errno = Outcome.Of(size);
            if (errno == Errno.None) errno = Outcome.Of(fsetxattr(to, name, value, size, 0));
            while (names[at++] != 0) { }
        }
        return errno;
    }

    /// <summary>Takes or leaves the advisory lock of an open file. flock(2).</summary>
    public static Errno TryLock(int fd, LockOperation operation)
    {
        Errno errno;
        do errno = Outcome.Of(flock(fd, (int)operation));
        while (errno == Errno.EINTR);
        return errno;
    }

    /// <summary>Makes a pipe, both ends close-on-exec. pipe2(2).</summary>
    public static Errno TryPipe(out FdHandle? readEnd, out FdHandle? writeEnd)
    {
        int* fds = stackalloc int[2];
        Errno errno = Outcome.Of(pipe2(fds, OpenFlags.O_CLOEXEC));
        readEnd = errno == Errno.None ? new FdHandle(fds[0]) : null;
        writeEnd = errno == Errno.None ? new FdHandle(fds[1]) : null;
        return errno;
    }

    /// <summary>A second descriptor of the same open file, close-on-exec. fcntl(2) F_DUPFD_CLOEXEC.</summary>
    /// <param name="fd">The descriptor to copy.</param>
    /// <param name="lowest">The new number is at least this.</param>
    /// <param name="copy">The new descriptor, owned by the caller.</param>
    public static Errno TryDuplicate(int fd, out FdHandle? copy, int lowest = 0)
    {
        int duplicate = fcntl(fd, 1030, lowest);
        Errno errno = Outcome.Of(duplicate);
        copy = errno == Errno.None ? new FdHandle(duplicate) : null;
        return errno;
    }

    /// <summary>Sets or clears close-on-exec. fcntl(2) F_SETFD.</summary>
    public static Errno TrySetCloseOnExec(int fd, bool value) => Outcome.Of(fcntl(fd, 2, value ? 1 : 0));

    /// <summary>Whether reads and writes wait, for everybody who shares the open file. fcntl(2) F_SETFL with O_NONBLOCK.</summary>
    public static Errno TrySetNonBlocking(int fd, bool value)
    {
        const int F_GETFL = 3, F_SETFL = 4;
        int flags = fcntl(fd, F_GETFL, 0);
        if (flags < 0) return Outcome.Of(flags);
        int wanted = value ? flags | (int)OpenFlags.O_NONBLOCK : flags & ~(int)OpenFlags.O_NONBLOCK;
        return wanted == flags ? Errno.None : Outcome.Of(fcntl(fd, F_SETFL, wanted));
    }

    /// <summary>Whether a number is an open descriptor of this process. fcntl(2) F_GETFD.</summary>
    public static bool IsOpen(int fd) => fcntl(fd, 1, 0) >= 0;

    /// <summary>Makes an anonymous file in memory that can be sealed. memfd_create(2) with MFD_CLOEXEC and MFD_ALLOW_SEALING.</summary>
    public static Errno TryMemoryFile(string name, out FdHandle? handle)
    {
        int fd = memfd_create(name, 1 | 2);
        Errno errno = Outcome.Of(fd);
        handle = errno == Errno.None ? new FdHandle(fd) : null;
        return errno;
    }

    /// <summary>Forbids every later change of a memory file. fcntl(2) F_ADD_SEALS with shrink, grow, write and seal.</summary>
    public static Errno TrySeal(int fd) => Outcome.Of(fcntl(fd, 1033, 0xf));

    /// <summary>Waits until one of the descriptors is ready. poll(2).</summary>
    /// <param name="entries">What to wait for; the answers are written into them.</param>
    /// <param name="timeoutMilliseconds">-1 waits without end.</param>
    /// <param name="ready">How many entries have an answer; 0 when the time is over.</param>
    public static Errno TryPoll(Span<PollEntry> entries, int timeoutMilliseconds, out int ready)
    {
        fixed (PollEntry* p = entries) ready = poll(p, (ulong)entries.Length, timeoutMilliseconds);
        return Outcome.Of(ready);
    }
}
