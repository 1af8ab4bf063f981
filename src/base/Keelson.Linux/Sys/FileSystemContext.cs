using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Linux.Sys;

/// <summary>A file system that is being put together: opened by its type, given its parameters, made, mounted. fsopen(2), fsconfig(2), fsmount(2); Linux 5.2.</summary>
public sealed unsafe partial class FileSystemContext : IDisposable
{
    private const uint FSOPEN_CLOEXEC = 1, FSMOUNT_CLOEXEC = 1;
    private const uint FSCONFIG_SET_FLAG = 0, FSCONFIG_SET_STRING = 1, FSCONFIG_SET_FD = 5, FSCONFIG_CMD_CREATE = 6;

    /// <summary>The longest value of a parameter that fsconfig(2) takes, in bytes.</summary>
    public const int ValueLimitBytes = 255;

    private readonly FdHandle context;

    private FileSystemContext(FdHandle context) => this.context = context;

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, byte* type, ulong flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long fd, ulong command, byte* key, byte* value, long auxiliary);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long fd, ulong flags, ulong attributes);

    /// <summary>Begins with a type of file system. fsopen(2).</summary>
    /// <returns>ENODEV: the kernel has no such type. ENOSYS before Linux 5.2.</returns>
    public static Errno TryOpen(string type, out FileSystemContext? context)
    {
        long fd;
        Errno errno;
        fixed (byte* p = Text.Utf8Z(type)) errno = Outcome.Of(fd = syscall((long)Syscall.fsopen, p, FSOPEN_CLOEXEC));
        context = errno == Errno.None ? new(new FdHandle((int)fd)) : null;
        return errno;
    }

    /// <summary>Sets a parameter that has no value. fsconfig(2) FSCONFIG_SET_FLAG.</summary>
    public Errno TrySet(string key) => Configure(FSCONFIG_SET_FLAG, key, null, 0);

    /// <summary>Sets a parameter. fsconfig(2) FSCONFIG_SET_STRING.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="value">At most <see cref="ValueLimitBytes"/> bytes; more are EINVAL.</param>
    public Errno TrySet(string key, string value) => Configure(FSCONFIG_SET_STRING, key, value, 0);

    /// <summary>Sets a parameter to an open file. fsconfig(2) FSCONFIG_SET_FD; layers of overlayfs take one since Linux 6.13.</summary>
    public Errno TrySet(string key, int fd) => Configure(FSCONFIG_SET_FD, key, null, fd);

    /// <summary>Makes the file system. fsconfig(2) FSCONFIG_CMD_CREATE.</summary>
    public Errno TryCreate() => Configure(FSCONFIG_CMD_CREATE, null, null, 0);

    /// <summary>A detached mount of the file system that was made. fsmount(2).</summary>
    /// <param name="attributes">Attributes of the mount.</param>
    /// <param name="mount">Owned by the caller; the mount goes away with it unless it is attached.</param>
    public Errno TryMount(MountAttributeFlags attributes, out FdHandle? mount)
    {
        long fd;
        Errno errno = Outcome.Of(fd = syscall((long)Syscall.fsmount, context.Fd, FSMOUNT_CLOEXEC, (ulong)attributes));
        mount = errno == Errno.None ? new FdHandle((int)fd) : null;
        return errno;
    }

    /// <summary>What the file system says about the last error; <see langword="null"/> when it says nothing.</summary>
    public string? ReadMessage()
    {
        string? text = null;
        Span<byte> buffer = stackalloc byte[1024];
        // Each read takes one message: a letter for its weight, a space, the text.
        while (Files.TryRead(context.Fd, buffer, out int count) == Errno.None && count > 2)
        {
            string message = Encoding.UTF8.GetString(buffer[2..count]).TrimEnd('\n');
            text = text is null ? message : $"{text}; {message}";
        }
        return text;
    }

    /// <inheritdoc/>
    public void Dispose() => context.Dispose();

    private Errno Configure(uint command, string? key, string? value, int auxiliary)
    {
        fixed (byte* k = key is null ? null : Text.Utf8Z(key), v = value is null ? null : Text.Utf8Z(value))
            return Outcome.Of(syscall((long)Syscall.fsconfig, context.Fd, command, k, v, auxiliary));
    }
}
