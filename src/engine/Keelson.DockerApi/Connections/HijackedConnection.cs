using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Connections;

/// <summary>A connection that carries bytes of a process instead of HTTP.</summary>
internal sealed class HijackedConnection(IDuplexPipe transport, Socket? socket)
{
    /// <summary>How soon it is seen that a client that had closed its half has gone altogether. Nothing tells of it: only a write would fail.</summary>
    private static readonly TimeSpan HangUpInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>A client takes the head of an answer within a millisecond, if it lives: more than 50 ms are not waited for.</summary>
    private static readonly TimeSpan TakenInterval = TimeSpan.FromMilliseconds(1);

    private const int TakenAttempts = 50;

    /// <summary>Where the client's bytes come from. It ends when the client closes its half.</summary>
    public PipeReader Input => transport.Input;

    /// <summary>Sends bytes.</summary>
    /// <returns><see langword="false"/> when the client is gone.</returns>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        if (!head.IsEmpty) transport.Output.Write(head.Span);
        return !(await transport.Output.WriteAsync(body, cancel).ConfigureAwait(false)).IsCompleted;
    }

    /// <summary>Ends when the client has taken what was sent so far, and after a moment in any case.</summary>
    /// <remarks>Docker's library for Python loses what comes together with the head of an answer: its reader of heads has it by then, and nobody asks that one any more.</remarks>
    public async Task AwaitTakenAsync(TimeProvider time, CancellationToken cancel)
    {
        if (socket is null) return;
        try
        {
            using PeriodicTimer timer = new(TakenInterval, time);
            for (int i = 0; i < TakenAttempts; i++)
            {
                await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false);
                if (Sockets.TryUnsent((int)socket.Handle, out int count) != Errno.None || count == 0) return;
            }
        }
        catch (ObjectDisposedException)
        {
            // The transport saw first that the client is gone.
        }
    }

    /// <summary>Ends when the client, which has closed its half, has closed the other one too.</summary>
    public async Task AwaitHangUpAsync(TimeProvider time, CancellationToken cancel)
    {
        if (socket is null) return;
        Epoll.TryOpen(out FdHandle? set).ThrowIfError("epoll_create", "hang-up");
        using (set)
        {
            try
            {
                Epoll.TryAdd(set!.Fd, (int)socket.Handle, EpollEvents.None, 0).ThrowIfError("epoll_ctl", "hang-up");
                using PeriodicTimer timer = new(HangUpInterval, time);
                EpollEvent[] answer = new EpollEvent[1];
                do
                {
                    if (Epoll.TryWait(set.Fd, answer, 0, out int count) != Errno.None || count > 0) return;
                }
                while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false));
            }
            catch (ObjectDisposedException)
            {
                // The transport saw it first.
            }
        }
    }

    /// <summary>Ends the connection when what was written has been sent, whether the client has closed its half or not.</summary>
    /// <param name="http">The request that it was taken from: the server must not take it for one that goes on.</param>
    /// <remarks>The server reads on until the client closes its half, and a client may be waiting for ours: the end of the sending side closes the socket.</remarks>
    public async ValueTask CloseAsync(HttpContext http)
    {
        await transport.Output.CompleteAsync().ConfigureAwait(false);
        http.Abort();
    }

    /// <summary>Both directions as one stream, for who speaks a protocol of its own over it.</summary>
    public Stream AsStream() => new DuplexStream(transport.Input.AsStream(leaveOpen: true), transport.Output.AsStream(leaveOpen: true));
}
