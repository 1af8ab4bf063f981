using System.Collections.Concurrent;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Waits for the fifos of all containers with one thread. epoll(7).</summary>
internal sealed class StreamPoller : IDisposable
{
    private const int AnswersAtOnce = 64;
    private readonly FdHandle epoll, wake;
    private readonly ConcurrentDictionary<ulong, Action> watches = new();
    private readonly Thread thread;
    private ulong lastNumber;
    private volatile bool isStopped;

    /// <summary>Starts the thread.</summary>
    public StreamPoller()
    {
        Epoll.TryOpen(out FdHandle? set).ThrowIfError("epoll_create");
        epoll = set!;
        Notices.TryOpenCounter(out FdHandle? counter).ThrowIfError("eventfd");
        wake = counter!;
        Epoll.TryAdd(epoll.Fd, wake.Fd, EpollEvents.EPOLLIN, 0).ThrowIfError("epoll_ctl");
        thread = new(Run, 256 << 10) { IsBackground = true, Name = "container streams" };
        thread.Start();
    }

    /// <summary>Shared by all reads; only the poller's thread touches it.</summary>
    public byte[] Buffer { get; } = new byte[64 << 10];

    /// <summary>Waits for a descriptor, again and again, until <see cref="Remove"/>.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="events">What to wait for.</param>
    /// <param name="ready">Called on the poller's thread; it waits for nothing. It may come once more after <see cref="Remove"/>.</param>
    /// <returns>The watch's number.</returns>
    public ulong Add(int fd, EpollEvents events, Action ready)
    {
        ulong number = Interlocked.Increment(ref lastNumber);
        watches[number] = ready;
        Errno errno = Epoll.TryAdd(epoll.Fd, fd, events, number);
        if (errno == Errno.None) return number;
        watches.TryRemove(number, out _);
        errno.ThrowIfError("epoll_ctl");
        return 0;
    }

    /// <summary>Stops waiting. To be called before the descriptor is closed.</summary>
    public void Remove(int fd, ulong number)
    {
        watches.TryRemove(number, out _);
        _ = Epoll.TryRemove(epoll.Fd, fd);
    }

    public void Dispose()
    {
        isStopped = true;
        _ = Files.TryWrite(wake.Fd, BitConverter.GetBytes(1UL));
        thread.Join();
        epoll.Dispose();
        wake.Dispose();
    }

    private void Run()
    {
        EpollEvent[] answers = new EpollEvent[AnswersAtOnce];
        while (!isStopped)
        {
            Epoll.TryWait(epoll.Fd, answers, -1, out int count).ThrowIfError("epoll_wait");
            for (int i = 0; i < count && !isStopped; i++)
                if (watches.TryGetValue(answers[i].Data, out Action? ready)) ready();
        }
    }
}
