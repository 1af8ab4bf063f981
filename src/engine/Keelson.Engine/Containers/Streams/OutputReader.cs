using System.Buffers;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Reads one output of a process from its fifo, on the poller's thread.</summary>
internal sealed class OutputReader : IDisposable
{
    /// <summary>Reads without a look at other containers.</summary>
    private const int ReadsAtOnce = 4;

    private readonly Lock gate = new();
    private readonly StreamPoller poller;
    private readonly StandardStream stream;
    private readonly Func<StandardStream, ReadOnlySpan<byte>, bool> take;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FdHandle? fifo;
    private ulong watch;
    private bool isDraining, isBegun;

    /// <summary>Opens a fifo; it is read from <see cref="Begin"/> on.</summary>
    /// <param name="poller">Waits for it.</param>
    /// <param name="path">The fifo.</param>
    /// <param name="stream">What it is.</param>
    /// <param name="take">Takes the bytes; answers whether more may come at once.</param>
    public OutputReader(StreamPoller poller, string path, StandardStream stream, Func<StandardStream, ReadOnlySpan<byte>, bool> take)
    {
        this.poller = poller;
        this.stream = stream;
        this.take = take;
        Files.TryOpen(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out fifo).ThrowIfError("open", path);
    }

    /// <summary>Ends when all who could write have closed the fifo and everything was read.</summary>
    public Task Ended => ended.Task;

    /// <summary>Begins to read.</summary>
    public void Begin()
    {
        lock (gate)
        {
            isBegun = true;
            if (fifo is not null && watch == 0) Watch();
        }
    }

    /// <summary>Goes on after <c>take</c> asked for a pause.</summary>
    public void Resume()
    {
        lock (gate)
            if (isBegun && fifo is not null && watch == 0) Watch();
    }

    /// <summary>Reads what is there now, and no longer waits for clients; to be used when the process has ended and the end of its output may have been missed.</summary>
    public void Drain()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        lock (gate)
        {
            isDraining = true;
            while (fifo is not null && Read(buffer)) { }
            // Others may still hold it.
            if (fifo is not null && watch == 0) Watch();
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Stops reading.</summary>
    public void Dispose()
    {
        lock (gate) Close();
    }

    private void Watch() => watch = poller.Add(fifo!.Fd, EpollEvents.EPOLLIN, Ready);

    private void Ready()
    {
        lock (gate)
            for (int i = 0; i < ReadsAtOnce && fifo is not null && watch != 0; i++)
                if (!Read(poller.Buffer)) return;
    }

    private bool Read(byte[] buffer)
    {
        Errno errno = Files.TryRead(fifo!.Fd, buffer, out int count);
        if (errno == Errno.EAGAIN) return false;
        if (errno != Errno.None || count == 0)
        {
            Close();
            return false;
        }
        if (take(stream, buffer.AsSpan(0, count)) || isDraining) return true;
        // Who is told again and again of a hang-up must leave the set to have peace.
        if (watch != 0) poller.Remove(fifo.Fd, watch);
        watch = 0;
        return false;
    }

    private void Close()
    {
        if (fifo is null) return;
        if (watch != 0) poller.Remove(fifo.Fd, watch);
        watch = 0;
        fifo.Dispose();
        fifo = null;
        ended.TrySetResult();
    }
}
