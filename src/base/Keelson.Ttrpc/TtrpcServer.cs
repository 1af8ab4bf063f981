using System.Buffers.Binary;
using System.Net.Sockets;

namespace Keelson.Ttrpc;

/// <summary>Serves ttrpc on a unix socket. Calls of a connection run at the same time; when the connection ends they are cancelled.</summary>
public sealed class TtrpcServer
{
    private const int MaximumConnections = 1024, Backlog = 128, SOL_SOCKET = 1, SO_PEERCRED = 17;
    private readonly string path;
    private readonly TtrpcHandler handler;
    private readonly uint userId;
    private readonly TimeProvider time;

    /// <summary>Makes a server that does not listen yet.</summary>
    /// <param name="path">Path of the socket; there must be no file of this name. It gets mode 0600 and is removed when <see cref="RunAsync"/> ends.</param>
    /// <param name="handler">Answers the calls.</param>
    /// <param name="userId">The only user who may connect, root included: others are turned away without a word.</param>
    /// <param name="time">Measures the callers' timeouts.</param>
    public TtrpcServer(string path, TtrpcHandler handler, uint userId, TimeProvider time)
    {
        this.path = path;
        this.handler = handler;
        this.userId = userId;
        this.time = time;
    }

    /// <summary>Listens and serves until it is cancelled; returns when every connection has ended.</summary>
    /// <param name="started">Is completed once clients can connect.</param>
    /// <param name="cancellationToken">Ends the server.</param>
    /// <exception cref="SocketException">The socket could not be made.</exception>
    /// <exception cref="PlatformNotSupportedException">There are no sockets with a mode.</exception>
    public async Task RunAsync(TaskCompletionSource started, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException();
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        // The socket exists under a name that nobody knows until its mode is set: another user has no moment to connect.
        string early = $"{path}.{Guid.NewGuid():N}";
        listener.Bind(new UnixDomainSocketEndPoint(early));
        File.SetUnixFileMode(early, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(early, path, overwrite: false);
        List<Task> connections = [];
        try
        {
            listener.Listen(Backlog);
            started.TrySetResult();
            while (true)
            {
                Socket socket = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
                connections.RemoveAll(connection => connection.IsCompleted);
                if (connections.Count >= MaximumConnections || PeerUserId(socket) != userId) socket.Dispose();
                else connections.Add(ServeAsync(socket, cancellationToken));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(connections).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The user at the other end, as the kernel noted at connect(2). unix(7) SO_PEERCRED.</summary>
    private static uint PeerUserId(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials);
        return BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]);
    }

    private async Task ServeAsync(Socket socket, CancellationToken serverStops)
    {
        using (socket)
        {
            using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(serverStops);
            Connection connection = new(socket, handler, time);
            try
            {
                await connection.ReceiveAsync(ended.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client is gone, or the server ends: both are the usual end of a connection.
            }
            await ended.CancelAsync().ConfigureAwait(false);
            await connection.EndAsync().ConfigureAwait(false);
        }
    }

    private sealed class Connection(Socket socket, TtrpcHandler handler, TimeProvider time)
    {
        private const int ReceiveBytes = 16 << 10;
        private readonly Lock gate = new();
        private readonly ServerSession session = new();
        private readonly HashSet<Task> running = [];
        private Task sending = Task.CompletedTask;
        private bool isBroken;

        public async Task ReceiveAsync(CancellationToken ended)
        {
            byte[] buffer = new byte[ReceiveBytes];
            while (true)
            {
                int count = await socket.ReceiveAsync(buffer, ended).ConfigureAwait(false);
                if (count == 0) return;
                Task toSend;
                lock (gate)
                {
                    session.Receive(buffer.AsSpan(0, count));
                    running.RemoveWhere(task => task.IsCompleted);
                    while (session.TryTake(out ServerCall? call)) running.Add(AnswerAsync(call!, ended));
                    Flush();
                    toSend = session.IsCongested ? sending : Task.CompletedTask;
                }
                await toSend.WaitAsync(ended).ConfigureAwait(false);
            }
        }

        public async Task EndAsync()
        {
            Task[] tasks;
            lock (gate)
            {
                isBroken = true;
                socket.Dispose();
                tasks = [.. running, sending];
            }
            await Task.WhenAll(tasks).ConfigureAwait(false);
        }

        private async Task AnswerAsync(ServerCall call, CancellationToken ended)
        {
            await Task.Yield();
            using CancellationTokenSource late = call.Request.Timeout is { } timeout ? new CancellationTokenSource(timeout, time) : new CancellationTokenSource();
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ended);
            try
            {
                ReadOnlyMemory<byte> payload = await handler(call.Request, stop.Token).AsTask().WaitAsync(stop.Token).ConfigureAwait(false);
                lock (gate)
                {
                    session.Respond(call.StreamId, payload);
                    Flush();
                }
            }
            catch (Exception e)
            {
                (StatusCode code, string message) = e switch
                {
                    TtrpcException error => (error.Code, error.FullMessage),
                    KeelsonException error => (error.Kind.ToStatusCode(), error.FullMessage),
                    OperationCanceledException when late.IsCancellationRequested => (StatusCode.DeadlineExceeded, $"{call.Request.Service}/{call.Request.Method}: the time is over"),
                    OperationCanceledException => (StatusCode.Canceled, $"{call.Request.Service}/{call.Request.Method}: cancelled"),
                    _ => (StatusCode.Internal, $"{call.Request.Service}/{call.Request.Method}: {e.Message}"),
                };
                lock (gate)
                {
                    session.Fail(call.StreamId, code, message);
                    Flush();
                }
            }
        }

        // To be called with the gate held.
        private void Flush()
        {
            if (!isBroken && sending.IsCompleted && !session.Unsent.IsEmpty) sending = SendAsync();
        }

        private async Task SendAsync()
        {
            await Task.Yield();
            try
            {
                while (true)
                {
                    byte[] bytes;
                    lock (gate)
                    {
                        if (session.Unsent.IsEmpty || isBroken)
                        {
                            sending = Task.CompletedTask;
                            return;
                        }
                        bytes = session.Unsent.ToArray();
                        session.Sent(bytes.Length);
                    }
                    for (int sent = 0; sent < bytes.Length;) sent += await socket.SendAsync(bytes.AsMemory(sent)).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                lock (gate) isBroken = true;
            }
        }
    }
}
