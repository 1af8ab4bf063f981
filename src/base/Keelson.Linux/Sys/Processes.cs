using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Processes: waiting, signalling, descriptors of processes. wait4(2), pidfd_open(2), prctl(2).</summary>
public static unsafe partial class Processes
{
    [LibraryImport("libc", SetLastError = true)]
    private static partial int wait4(int pid, int* status, int options, void* usage);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long a0, long a1, long a2, long a3);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, ulong a1, ulong a2, ulong a3, ulong a4);

    [LibraryImport("libc")]
    private static partial int getpid();

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial uint getegid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, ulong kinds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close_range(uint first, uint last, int flags);

    /// <summary>Process ID of this process.</summary>
    public static int CurrentId => getpid();

    /// <summary>Thread ID of the calling thread. gettid(2).</summary>
    public static int CurrentThreadId => (int)syscall((long)Syscall.gettid, 0, 0, 0, 0);

    /// <summary>Effective user ID of this process.</summary>
    public static uint EffectiveUserId => geteuid();

    /// <summary>Effective group ID of this process.</summary>
    public static uint EffectiveGroupId => getegid();

    /// <summary>Waits for a child. wait4(2) with __WALL.</summary>
    /// <param name="pid">The child; -1 for any.</param>
    /// <param name="status">How it ended; meaningful when <paramref name="ended"/> is not 0.</param>
    /// <param name="ended">The child that ended; 0 when <paramref name="noHang"/> and none has.</param>
    /// <param name="noHang">Does not wait.</param>
    /// <returns>ECHILD: no such child.</returns>
    public static Errno TryWait(int pid, out WaitStatus status, out int ended, bool noHang = false)
    {
        int raw = 0;
        Errno errno;
        do errno = Outcome.Of(ended = wait4(pid, &raw, 0x40000000 | (noHang ? 1 : 0), null));
        while (errno == Errno.EINTR);
        if (errno != Errno.None) ended = 0;
        status = new WaitStatus(raw);
        return errno;
    }

    /// <summary>Sends a signal to a process, or to a process group when <paramref name="pid"/> is negative. kill(2).</summary>
    /// <returns>ESRCH: no such process.</returns>
    public static Errno TryKill(int pid, int signal) => Outcome.Of(kill(pid, signal));

    /// <summary>A descriptor that stands for a process and becomes readable when it ends. pidfd_open(2).</summary>
    /// <returns>ESRCH: no such process.</returns>
    public static Errno TryOpenPid(int pid, out FdHandle? handle)
    {
        long fd = syscall((long)Syscall.pidfd_open, pid, 0, 0, 0);
        Errno errno = Outcome.Of(fd);
        handle = errno == Errno.None ? new FdHandle((int)fd) : null;
        return errno;
    }

    /// <summary>Sends a signal to the process that a descriptor stands for. pidfd_send_signal(2).</summary>
    public static Errno TrySignal(int pidFd, int signal) => Outcome.Of(syscall((long)Syscall.pidfd_send_signal, pidFd, signal, 0, 0));

    /// <summary>A copy of a descriptor of another process. pidfd_getfd(2).</summary>
    /// <returns>EPERM: the caller may not trace the process. EBADF: it has no such descriptor.</returns>
    public static Errno TryGetDescriptor(int pidFd, int descriptor, out FdHandle? handle)
    {
        long fd = syscall((long)Syscall.pidfd_getfd, pidFd, descriptor, 0, 0);
        Errno errno = Outcome.Of(fd);
        handle = errno == Errno.None ? new FdHandle((int)fd) : null;
        return errno;
    }

    /// <summary>Adopts the orphans among the descendants of this process. prctl(2) PR_SET_CHILD_SUBREAPER.</summary>
    public static Errno TryBecomeSubreaper() => Outcome.Of(prctl(36, 1, 0, 0, 0));

    /// <summary>Whether others may trace this process and read its memory. prctl(2) PR_SET_DUMPABLE.</summary>
    public static Errno TrySetDumpable(bool value) => Outcome.Of(prctl(4, value ? 1u : 0u, 0, 0, 0));

    /// <summary>Whether a capability is in the bounding set. prctl(2) PR_CAPBSET_READ; EINVAL for a number that the kernel does not know.</summary>
    public static Errno TryReadBoundingCapability(int capability, out bool isSet)
    {
        int answer = prctl(23, (ulong)capability, 0, 0, 0);
        isSet = answer == 1;
        return Outcome.Of(answer);
    }

    /// <summary>Moves the calling thread into a namespace. setns(2).</summary>
    /// <param name="fd">A file in <c>/proc/PID/ns</c>, or a descriptor of a process.</param>
    /// <param name="kinds">CLONE_NEW* bits; 0 for any kind.</param>
    public static Errno TryJoin(int fd, ulong kinds) => Outcome.Of(setns(fd, kinds));

    /// <summary>Moves the calling thread, or for some kinds the process, into new namespaces. unshare(2).</summary>
    /// <param name="kinds">CLONE_NEW* bits.</param>
    public static Errno TryUnshare(CloneFlags kinds) => Outcome.Of(syscall((long)Syscall.unshare, (long)kinds, 0, 0, 0));

    /// <summary>Closes every descriptor from <paramref name="first"/> to <paramref name="last"/>. close_range(2).</summary>
    public static Errno TryCloseRange(uint first, uint last = uint.MaxValue) => Outcome.Of(close_range(first, last, 0));
}
