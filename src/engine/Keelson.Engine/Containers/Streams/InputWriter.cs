using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Writes the input of a process into its fifo.</summary>
internal sealed class InputWriter : IDisposable
{
    private readonly StreamPoller poller;
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly CancellationTokenSource closed = new();
    private readonly Lock gate = new();
    private FdHandle? fifo;

    /// <summary>Opens a fifo; both ends, so that it may be opened before its reader comes.</summary>
    public InputWriter(StreamPoller poller, string path)
    {
        this.poller = poller;
        Files.TryOpen(path, OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK, out fifo).ThrowIfError("open", path);
    }

    /// <summary>Writes all of it. Clients take turns.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: the input is closed.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(cancel, closed.Token);
        try
        {
            await turn.WaitAsync(any.Token).ConfigureAwait(false);
            try
            {
                while (!bytes.IsEmpty)
                {
                    int count;
                    Errno errno;
                    lock (gate) errno = fifo is null ? throw Closed() : Files.TryWriteSome(fifo.Fd, bytes.Span, out count);
                    if (errno == Errno.EAGAIN) await RoomAsync(any.Token).ConfigureAwait(false);
                    else
                    {
                        errno.ThrowIfError("write input");
                        bytes = bytes[count..];
                    }
                }
            }
            finally
            {
                turn.Release();
            }
        }
        catch (OperationCanceledException) when (closed.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw Closed();
        }
    }

    /// <summary>Closes the daemon's ends.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (fifo is null) return;
            fifo.Dispose();
            fifo = null;
        }
        closed.Cancel();
    }

    private async Task RoomAsync(CancellationToken cancel)
    {
        TaskCompletionSource room = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ulong watch;
        // A copy of its own: the set forgets it with the last one, and nobody closes it meanwhile.
        FdHandle? copy;
        lock (gate) Files.TryDuplicate(fifo is null ? throw Closed() : fifo.Fd, out copy).ThrowIfError("duplicate", "input");
        using (copy)
        {
            watch = poller.Add(copy!.Fd, EpollEvents.EPOLLOUT, () => room.TrySetResult());
            try
            {
                await room.Task.WaitAsync(cancel).ConfigureAwait(false);
            }
            finally
            {
                poller.Remove(copy.Fd, watch);
            }
        }
    }

    private static KeelsonException Closed() => new(ErrorKind.FailedPrecondition, "write input: it is closed");
}
