using System.Collections.Concurrent;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Network.Dns;

/// <summary>Hears the datagrams of many servers of names on one thread: a question costs the calls that receive it and send its answer, and no change of threads.</summary>
/// <remarks>
/// The buffers are one for all, so a container's server costs its sockets alone. A server that is asked without end is heard <see cref="AtOnce"/> times before the others have their turn.
/// </remarks>
public sealed class DnsLoop : IDisposable
{
    /// <summary>Datagrams of one server before the next server's.</summary>
    private const int AtOnce = 64;

    /// <summary>Servers that are told of at once.</summary>
    private const int Answers = 64;

    private const int StackBytes = 256 << 10, LongestQuestion = 4096, LongestAnswer = 65_535;

    /// <summary>What ends the thread has this number; servers have others.</summary>
    private const ulong StopNumber = 0;

    private readonly FdHandle epoll, stop;
    private readonly Thread thread;
    private readonly ConcurrentDictionary<ulong, Entry> entries = new();
    private ulong last = StopNumber;

    /// <summary>Answers a question, or sees to it that somebody else does.</summary>
    /// <param name="question">The datagram.</param>
    /// <param name="answer">Where the answer goes.</param>
    /// <param name="client">The asker's address, as the kernel lays it out.</param>
    /// <returns>Bytes of the answer; 0: none is sent.</returns>
    internal delegate int Handler(ReadOnlySpan<byte> question, Span<byte> answer, ReadOnlySpan<byte> client);

    /// <summary>Starts the thread.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE: no descriptor is left.</exception>
    public DnsLoop()
    {
        Epoll.TryOpen(out FdHandle? set).ThrowIfError("open", "epoll");
        epoll = set!;
        try
        {
            Notices.TryOpenCounter(out FdHandle? made).ThrowIfError("open", "eventfd");
            stop = made!;
            Epoll.TryAdd(epoll.Fd, stop.Fd, EpollEvents.EPOLLIN, StopNumber).ThrowIfError("wait for", "eventfd");
        }
        catch
        {
            stop?.Dispose();
            epoll.Dispose();
            throw;
        }
        thread = new(Run, StackBytes) { IsBackground = true, Name = "names" };
        thread.Start();
    }

    /// <summary>Ends the thread. Whoever was added hears nothing any more.</summary>
    public void Dispose()
    {
        Files.TryWrite(stop.Fd, [1, 0, 0, 0, 0, 0, 0, 0]).ThrowIfError("write", "eventfd");
        thread.Join();
        stop.Dispose();
        epoll.Dispose();
    }

    /// <summary>Begins to hear a socket.</summary>
    /// <param name="socketFd">A datagram socket, which stays the caller's, and open until it is removed.</param>
    /// <param name="handler">Is called for each datagram, on the one thread that all servers share.</param>
    /// <returns>What <see cref="Remove"/> wants.</returns>
    /// <exception cref="LinuxException">ENOSPC, ENOMEM: the kernel has no room for it.</exception>
    internal ulong Add(int socketFd, Handler handler)
    {
        ulong number = Interlocked.Increment(ref last);
        entries[number] = new(socketFd, handler);
        Errno errno = Epoll.TryAdd(epoll.Fd, socketFd, EpollEvents.EPOLLIN, number);
        if (errno != Errno.None) entries.TryRemove(number, out _);
        errno.ThrowIfError("wait for", "datagrams");
        return number;
    }

    /// <summary>Hears a socket no more; when this returns its handler is not running, nor will it.</summary>
    internal void Remove(ulong number)
    {
        if (!entries.TryRemove(number, out Entry? entry)) return;
        lock (entry)
        {
            entry.IsRemoved = true;
            Epoll.TryRemove(epoll.Fd, entry.SocketFd).ThrowIfError("wait no more for", "datagrams");
        }
    }

    private void Run()
    {
        Span<EpollEvent> answers = stackalloc EpollEvent[Answers];
        byte[] question = GC.AllocateUninitializedArray<byte>(LongestQuestion), answer = GC.AllocateUninitializedArray<byte>(LongestAnswer);
        while (true)
        {
            Epoll.TryWait(epoll.Fd, answers, timeoutMilliseconds: -1, out int count).ThrowIfError("wait for", "datagrams");
            foreach (EpollEvent told in answers[..count])
            {
                if (told.Data == StopNumber) return;
                if (entries.TryGetValue(told.Data, out Entry? entry)) Hear(entry, question, answer);
            }
        }
    }

    private static void Hear(Entry entry, byte[] question, byte[] answer)
    {
        Span<byte> client = stackalloc byte[Sockets.AddressBytes];
        lock (entry)
        {
            for (int i = 0; i < AtOnce && !entry.IsRemoved; i++)
            {
                // EAGAIN: all are heard. Another error is that of an answer whose client has gone, and is told once.
                if (Sockets.TryReceiveFrom(entry.SocketFd, question, client, out int count, out int addressLength) != Errno.None) return;
                int length = entry.Handler(question.AsSpan(0, count), answer, client[..addressLength]);
                // Without room the answer is lost, as datagrams are; its client asks again.
                if (length > 0) _ = Sockets.TrySendTo(entry.SocketFd, answer.AsSpan(0, length), client[..addressLength]);
            }
        }
    }

    private sealed class Entry(int socketFd, Handler handler)
    {
        public int SocketFd => socketFd;

        public Handler Handler => handler;

        public bool IsRemoved { get; set; }
    }
}
