using System.Runtime.InteropServices;

namespace Keelson.Bench;

/// <summary><c>struct rusage</c> as far as it is used; x86-64. getrusage(2).</summary>
[StructLayout(LayoutKind.Sequential, Size = 144)]
internal struct Usage
{
    public long UserSeconds, UserMicroseconds, SystemSeconds, SystemMicroseconds, MaximumResidentKib;
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Fd;
    public short Events, Returned;
}

/// <summary>The calls that a benchmark of processes needs. Kept apart from Keelson.Linux, so that no change of ours can change what is measured.</summary>
internal static unsafe partial class Native
{
    public const int SIGKILL = 9, SIGPIPE = 13, WNOHANG = 1, EINTR = 4, ECHILD = 10, PR_SET_CHILD_SUBREAPER = 36, CLONE_NEWNS = 0x20000;
    public const int O_RDONLY = 0, O_WRONLY = 1, O_CREAT = 0x40, O_APPEND = 0x400, POSIX_SPAWN_SETSIGDEF = 4, SYS_pidfd_open = 434, POLLIN = 1, MNT_DETACH = 2;
    public const ulong MS_REC = 0x4000, MS_PRIVATE = 0x40000, MS_NOSUID = 2;

    /// <summary>Room for glibc's opaque structures, the largest of which has 336 bytes.</summary>
    public const int OpaqueBytes = 512;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int posix_spawn(out int pid, string path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int posix_spawn_file_actions_addopen(void* actions, int fd, string path, int flags, uint mode);

    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_adddup2(void* actions, int fd, int newFd);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setsigdefault(void* attributes, void* signals);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport("libc")]
    public static partial int sigemptyset(void* signals);

    [LibraryImport("libc")]
    public static partial int sigaddset(void* signals, int signal);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int wait4(int pid, out int status, int options, out Usage usage);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    public static partial long syscall(long number, long a0, long a1);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int poll(PollEntry* entries, ulong count, int timeoutMilliseconds);

    [LibraryImport("libc")]
    public static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int prctl(int option, ulong a1, ulong a2, ulong a3, ulong a4);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mount(string? source, string target, string? type, ulong flags, string? data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int fd, byte* bytes, nint count);

    /// <summary>write(2): how many bytes were written, or -1.</summary>
    public static nint Write(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes) return write(fd, start, bytes.Length);
    }

    /// <summary>Fails with the name of the call when it returned -1.</summary>
    public static void Check(long result, string operation)
    {
        if (result == -1) throw new InvalidOperationException($"{operation}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
