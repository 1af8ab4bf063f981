using System.Net.Sockets;

namespace Keelson.Engine.Containers;

/// <summary>Sends entries to systemd-journald, without ever waiting for it on the caller's thread: what it does not take at once is queued.</summary>
/// <param name="path">Its socket.</param>
/// <param name="drained">Called when the queue has room again after it had none.</param>
internal sealed class JournalSender(string path, Action drained) : IDisposable
{
    /// <summary>Where systemd-journald listens.</summary>
    public const string StandardPath = "/run/systemd/journal/socket";

    /// <summary>How much waits before containers do.</summary>
    private const int LimitBytes = 1 << 20;

    /// <summary>How long the end waits for what is queued.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Queue<byte[]> queue = new();
    private Socket? socket;
    private Task sending = Task.CompletedTask;
    private int queued;
    private bool wasFull, isDisposed;

    /// <summary>Whether more may come at once.</summary>
    public bool HasRoom
    {
        get
        {
            lock (gate)
            {
                if (queued < LimitBytes) return true;
                wasFull = true;
                return false;
            }
        }
    }

    /// <summary>Whether somebody listens.</summary>
    public bool IsThere => File.Exists(path);

    /// <summary>Sends an entry, or queues it.</summary>
    /// <returns>Why it is lost; <see langword="null"/> when it is not.</returns>
    public string? Send(ReadOnlySpan<byte> message)
    {
        lock (gate)
        {
            if (isDisposed) return "the engine has ended";
            if (queued == 0)
            {
                SocketError error = TrySend(message);
                if (error == SocketError.Success) return null;
                if (error is not (SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable)) return $"send to {path}: {new SocketException((int)error).Message}";
            }
            queue.Enqueue(message.ToArray());
            queued += message.Length;
            if (sending.IsCompleted) sending = Task.Run(SendQueueAsync);
            return null;
        }
    }

    /// <summary>Waits until nothing is queued.</summary>
    public Task FlushAsync()
    {
        lock (gate) return sending;
    }

    public void Dispose()
    {
        lock (gate) isDisposed = true;
        _ = FlushAsync().Wait(EndLimit);
        lock (gate)
        {
            socket?.Dispose();
            socket = null;
        }
    }

    private SocketError TrySend(ReadOnlySpan<byte> message)
    {
        // A journald that was started anew has another socket of this name.
        for (int tries = 0; ; tries++)
        {
            if (socket is null && TryConnect() is not SocketError.Success and var failure) return failure;
            socket!.Send(message, SocketFlags.None, out SocketError error);
            if (error is SocketError.Success or SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable or SocketError.MessageSize || tries > 0) return error;
            socket.Dispose();
            socket = null;
        }
    }

    private SocketError TryConnect()
    {
        Socket made = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            made.Connect(new UnixDomainSocketEndPoint(path));
            socket = made;
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            made.Dispose();
            return e.SocketErrorCode;
        }
    }

    private async Task SendQueueAsync()
    {
        while (true)
        {
            byte[] message;
            Socket? to;
            bool tells = false;
            lock (gate)
            {
                if (queue.Count == 0) return;
                message = queue.Peek();
                to = socket;
            }
            SocketError error = SocketError.NotConnected;
            if (to is not null)
            {
                try
                {
                    await to.SendAsync(message).ConfigureAwait(false);
                    error = SocketError.Success;
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    error = SocketError.ConnectionReset;
                }
            }
            lock (gate)
            {
                // Once more over a new connection; what nobody takes then is lost, as it is when nobody is there at first.
                if (error != SocketError.Success)
                {
                    socket?.Dispose();
                    socket = null;
                    _ = TrySend(message);
                }
                queued -= queue.Dequeue().Length;
                if (wasFull && queued < LimitBytes / 2)
                {
                    wasFull = false;
                    tells = true;
                }
            }
            if (tells) drained();
        }
    }
}
