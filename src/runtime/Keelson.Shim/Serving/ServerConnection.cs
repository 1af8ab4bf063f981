using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Loop;
using Keelson.Ttrpc;

namespace Keelson.Shim.Serving;

/// <summary>One client of the shim.</summary>
internal sealed class ServerConnection : IDisposable
{
    private const int ReceiveBytes = 16 << 10;
    private readonly EventLoop loop;
    private readonly FdHandle socket;
    private readonly Watch watch;
    private readonly ServerSession session = new();
    private readonly CancellationTokenSource closed = new();
    private readonly Action<ServerConnection, ServerCall> answer;
    private readonly Action<ServerConnection> ended;

    /// <summary>Serves a client.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="socket">Its socket, taken over.</param>
    /// <param name="answer">Answers a call, now or later.</param>
    /// <param name="ended">Is told the end, once.</param>
    public ServerConnection(EventLoop loop, FdHandle socket, Action<ServerConnection, ServerCall> answer, Action<ServerConnection> ended)
    {
        this.loop = loop;
        this.socket = socket;
        this.answer = answer;
        this.ended = ended;
        watch = loop.Watch(socket.Fd, EpollEvents.EPOLLIN, Ready);
    }

    /// <summary>Cancelled when the client has gone.</summary>
    public CancellationToken Closed => closed.Token;

    /// <summary>Sends the result of a call; nothing when the client has gone.</summary>
    public void Respond(uint stream, byte[] payload)
    {
        session.Respond(stream, payload);
        Flush();
    }

    /// <summary>Sends the error of a call; nothing when the client has gone.</summary>
    public void Fail(uint stream, StatusCode code, string message)
    {
        session.Fail(stream, code, message);
        Flush();
    }

    /// <summary>Ends the connection.</summary>
    public void Dispose()
    {
        if (socket.IsClosed) return;
        watch.Dispose();
        socket.Dispose();
        closed.Cancel();
        closed.Dispose();
        ended(this);
    }

    private void Ready(EpollEvents what)
    {
        if ((what & EpollEvents.EPOLLOUT) != 0) Flush();
        if ((what & ~EpollEvents.EPOLLOUT) != 0 && !socket.IsClosed) Receive();
    }

    private void Receive()
    {
        Span<byte> buffer = stackalloc byte[ReceiveBytes];
        Errno errno = Files.TryRead(socket.Fd, buffer, out int count);
        if (errno == Errno.EAGAIN) return;
        if (errno != Errno.None || count == 0)
        {
            Dispose();
            return;
        }
        session.Receive(buffer[..count]);
        while (!socket.IsClosed && session.TryTake(out ServerCall? call)) answer(this, call!);
        Flush();
    }

    private void Flush()
    {
        while (!socket.IsClosed && !session.Unsent.IsEmpty)
        {
            Errno errno = Files.TryWriteSome(socket.Fd, session.Unsent.Span, out int count);
            if (errno == Errno.EAGAIN) break;
            if (errno != Errno.None)
            {
                Dispose();
                return;
            }
            session.Sent(count);
        }
        if (socket.IsClosed) return;
        // A client that takes no answers is not read either: its calls must not fill the shim's memory.
        watch.Change((session.IsCongested ? EpollEvents.None : EpollEvents.EPOLLIN) | (session.Unsent.IsEmpty ? EpollEvents.None : EpollEvents.EPOLLOUT));
    }
}
