using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Waits for many descriptors at once. epoll(7).</summary>
public static unsafe partial class Epoll
{
    private const int EPOLL_CLOEXEC = 0x80000, EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int fd, EpollEvent* change);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, EpollEvent* events, int count, int timeoutMilliseconds);

    /// <summary>Makes an empty set of descriptors. epoll_create1(2).</summary>
    public static Errno TryOpen(out FdHandle? handle)
    {
        int fd = epoll_create1(EPOLL_CLOEXEC);
        Errno errno = Outcome.Of(fd);
        handle = errno == Errno.None ? new FdHandle(fd) : null;
        return errno;
    }

    /// <summary>Adds a descriptor. epoll_ctl(2).</summary>
    /// <param name="epoll">The set.</param>
    /// <param name="fd">The descriptor; it leaves the set when its last copy is closed.</param>
    /// <param name="events">What to wait for. Errors and hang-ups are always told.</param>
    /// <param name="data">Comes back with every answer about this descriptor.</param>
    /// <returns>EPERM: a plain file or directory, which is always ready.</returns>
    public static Errno TryAdd(int epoll, int fd, EpollEvents events, ulong data) => Change(epoll, EPOLL_CTL_ADD, fd, events, data);

    /// <summary>Changes what to wait for.</summary>
    public static Errno TryModify(int epoll, int fd, EpollEvents events, ulong data) => Change(epoll, EPOLL_CTL_MOD, fd, events, data);

    /// <summary>Takes a descriptor out.</summary>
    public static Errno TryRemove(int epoll, int fd) => Change(epoll, EPOLL_CTL_DEL, fd, EpollEvents.None, 0);

    /// <summary>Waits. epoll_wait(2).</summary>
    /// <param name="epoll">The set.</param>
    /// <param name="answers">Where the answers go.</param>
    /// <param name="timeoutMilliseconds">-1 waits without end.</param>
    /// <param name="count">Number of answers; 0 when the time is over.</param>
    public static Errno TryWait(int epoll, Span<EpollEvent> answers, int timeoutMilliseconds, out int count)
    {
        fixed (EpollEvent* p = answers) count = epoll_wait(epoll, p, answers.Length, timeoutMilliseconds);
        Errno errno = Outcome.Of(count);
        if (errno != Errno.None) count = 0;
        return errno == Errno.EINTR ? Errno.None : errno;
    }

    private static Errno Change(int epoll, int operation, int fd, EpollEvents events, ulong data)
    {
        EpollEvent change = new() { Events = events, Data = data };
        return Outcome.Of(epoll_ctl(epoll, operation, fd, &change));
    }
}

/// <summary>What can happen to a descriptor. epoll_ctl(2).</summary>
[Flags]
public enum EpollEvents : uint
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>There is something to read, or the end.</summary>
    EPOLLIN = 1,
    /// <summary>There is room to write.</summary>
    EPOLLOUT = 4,
    /// <summary>An error, or nobody reads the other end of a pipe.</summary>
    EPOLLERR = 8,
    /// <summary>The other end is closed.</summary>
    EPOLLHUP = 16,
}

/// <summary><c>struct epoll_event</c> of x86-64, which is packed.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public struct EpollEvent
{
    /// <summary>What to wait for, or what happened.</summary>
    public EpollEvents Events;
    /// <summary>As given with the descriptor.</summary>
    public ulong Data;
}
