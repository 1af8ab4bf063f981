using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Loop;

namespace Keelson.Shim.Io;

/// <summary>Copies from one non-blocking descriptor to another until the first ends. Holds memory only while the second has no room.</summary>
internal sealed class StreamCopy : IDisposable
{
    private const int ChunkBytes = 16 << 10;
    private readonly EventLoop loop;
    private readonly int from, to;
    private readonly TaskCompletionSource ended = new();
    private Watch? source, target;
    private byte[] waiting = [];

    /// <summary>Starts copying.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="from">To be read; open until <see cref="Dispose"/>.</param>
    /// <param name="to">To be written; open until <see cref="Dispose"/>.</param>
    public StreamCopy(EventLoop loop, int from, int to)
    {
        this.loop = loop;
        this.from = from;
        this.to = to;
        Files.TrySetNonBlocking(from, true).ThrowIfError("fcntl");
        Files.TrySetNonBlocking(to, true).ThrowIfError("fcntl");
        source = loop.Watch(from, EpollEvents.EPOLLIN, _ => Copy());
    }

    /// <summary>Completes when the first has ended and all is written, or when the second takes nothing more.</summary>
    public Task Ended => ended.Task;

    /// <summary>Stops.</summary>
    public void Dispose()
    {
        source?.Dispose();
        target?.Dispose();
        (source, target) = (null, null);
        ended.TrySetResult();
    }

    private void Copy()
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        Errno errno = Files.TryRead(from, chunk, out int count);
        if (errno == Errno.EAGAIN) return;
        // EIO: the last process has closed the other side of the terminal.
        if (errno != Errno.None || count == 0) Dispose();
        else Write(chunk[..count]);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Errno errno = Files.TryWriteSome(to, bytes, out int count);
            if (errno == Errno.EAGAIN)
            {
                waiting = bytes.ToArray();
                source?.Dispose();
                source = null;
                target ??= loop.Watch(to, EpollEvents.EPOLLOUT, _ => Resume());
                return;
            }
            if (errno != Errno.None)
            {
                Dispose();
                return;
            }
            bytes = bytes[count..];
        }
    }

    private void Resume()
    {
        target?.Dispose();
        target = null;
        byte[] bytes = waiting;
        waiting = [];
        Write(bytes);
        if (target is null && !ended.Task.IsCompleted) source = loop.Watch(from, EpollEvents.EPOLLIN, _ => Copy());
    }
}
