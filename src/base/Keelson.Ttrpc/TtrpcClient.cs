using System.Buffers.Binary;
using System.Net.Sockets;

namespace Keelson.Ttrpc;

/// <summary>Calls the services of a ttrpc server over a unix socket. Calls may be made from any thread and run at the same time.</summary>
/// <remarks>When the connection ends, every open call fails with <see cref="StatusCode.Unavailable"/>; a new connection is the caller's to make.</remarks>
public sealed class TtrpcClient : IAsyncDisposable
{
    private const int ReceiveBytes = 16 << 10, UnsentLimitBytes = 8 << 20, SOL_SOCKET = 1, SO_PEERCRED = 17;
    private readonly Socket socket;
    private readonly string address;
    private readonly Lock gate = new();
    private readonly ClientSession session = new();
    private readonly Dictionary<uint, TaskCompletionSource<TtrpcResponse>> calls = [];
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task receiving;
    private Task sending = Task.CompletedTask;
    private Exception? broken;

    private TtrpcClient(Socket socket, string address)
    {
        this.socket = socket;
        this.address = address;
        receiving = ReceiveAsync();
    }

    /// <summary>Completes when the connection has ended, whoever ended it.</summary>
    public Task Closed => closed.Task;

    /// <summary>Connects.</summary>
    /// <param name="address">Path of the socket, with or without <c>unix://</c> before it.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="TtrpcException">Unavailable: nobody listens there.</exception>
    public static Task<TtrpcClient> ConnectAsync(string address, CancellationToken cancellationToken = default) => ConnectAsync(address, userId: null, cancellationToken);

    /// <summary>Connects to a server of one user.</summary>
    /// <param name="address">Path of the socket, with or without <c>unix://</c> before it.</param>
    /// <param name="userId">The user who must have made the socket, root included; <see langword="null"/> for anybody. unix(7) SO_PEERCRED.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="TtrpcException">Unavailable: nobody listens there. PermissionDenied: somebody else does; nothing was sent. InvalidArgument: it is no path of a socket.</exception>
    public static async Task<TtrpcClient> ConnectAsync(string address, uint? userId, CancellationToken cancellationToken = default)
    {
        string path = address.StartsWith("unix://", StringComparison.Ordinal) ? address[7..] : address;
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            if (userId is { } wanted && ListenerUserId(socket) is { } listener && listener != wanted)
                throw new TtrpcException(StatusCode.PermissionDenied, $"connect to {path}: user {listener} listens there, not {wanted}");
            return new TtrpcClient(socket, path);
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is ArgumentException) throw new TtrpcException(StatusCode.InvalidArgument, $"connect to {path}: it is longer than the name of a socket may be", e);
            if (e is SocketException) throw new TtrpcException(StatusCode.Unavailable, $"connect to {path}: {e.Message}", e);
            throw;
        }
    }

    private static uint ListenerUserId(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials);
        return BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]);
    }

    /// <summary>Makes a call and waits for its answer.</summary>
    /// <param name="request">The call. Its timeout also ends the waiting here.</param>
    /// <param name="cancellationToken">Ends the waiting. The protocol has no way to tell the server.</param>
    /// <returns>The result, a message of Protocol Buffers.</returns>
    /// <exception cref="TtrpcException">The server answered with an error, the connection ended, or the time is over. ResourceExhausted: the server takes nothing.</exception>
    public async Task<ReadOnlyMemory<byte>> CallAsync(TtrpcRequest request, CancellationToken cancellationToken = default)
    {
        TaskCompletionSource<TtrpcResponse> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        uint stream;
        lock (gate)
        {
            if (broken is not null) throw Gone(broken);
            if (session.Unsent.Length > UnsentLimitBytes) throw new TtrpcException(StatusCode.ResourceExhausted, $"call over {address}: the server takes nothing, {session.Unsent.Length} bytes wait");
            stream = session.Start(request);
            calls.Add(stream, answer);
            if (sending.IsCompleted) sending = SendAsync();
        }
        try
        {
            TtrpcResponse response = request.Timeout is { } timeout
                ? await answer.Task.WaitAsync(timeout, cancellationToken).ConfigureAwait(false)
                : await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return response.Code == StatusCode.Ok ? response.Payload : throw new TtrpcException(response.Code, response.Message);
        }
        catch (TimeoutException e)
        {
            throw new TtrpcException(StatusCode.DeadlineExceeded, $"call {request.Service}/{request.Method}: no answer within {request.Timeout}", e);
        }
        finally
        {
            lock (gate) calls.Remove(stream);
        }
    }

    /// <summary>Ends the connection; open calls fail.</summary>
    public async ValueTask DisposeAsync()
    {
        Break(new ObjectDisposedException(nameof(TtrpcClient)));
        await receiving.ConfigureAwait(false);
        await sending.ConfigureAwait(false);
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
                    if (session.Unsent.IsEmpty || broken is not null)
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
            Break(e);
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[ReceiveBytes];
        try
        {
            while (true)
            {
                int count = await socket.ReceiveAsync(buffer).ConfigureAwait(false);
                if (count == 0) throw new EndOfStreamException("the server closed the connection");
                lock (gate)
                {
                    session.Receive(buffer.AsSpan(0, count));
                    while (session.TryTake(out uint stream, out TtrpcResponse? response))
                        if (calls.TryGetValue(stream, out TaskCompletionSource<TtrpcResponse>? answer))
                            answer.TrySetResult(response!);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException or KeelsonException)
        {
            Break(e);
        }
    }

    private void Break(Exception reason)
    {
        lock (gate)
        {
            broken ??= reason;
            foreach (TaskCompletionSource<TtrpcResponse> answer in calls.Values) answer.TrySetException(Gone(broken));
        }
        socket.Dispose();
        closed.TrySetResult();
    }

    private TtrpcException Gone(Exception reason) => new(StatusCode.Unavailable, $"call over {address}: the connection is closed: {reason.Message}", reason);
}
