using System.Net;
using System.Net.Sockets;
using Keelson.Linux;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Ports;

/// <summary>Passes on what packet filters cannot: connections to a published port from the loopback device of IPv6, whose address leaves no device, and from IPv6 to a container that has IPv4 alone.</summary>
/// <remarks>It listens with the socket that holds the port. What packet filters lead to the container never comes here.</remarks>
internal sealed class PortProxy : IAsyncDisposable
{
    /// <summary>Most connections, and most clients of UDP, at the same time.</summary>
    private const int ConnectionLimit = 1024;

    private const int DatagramBytes = 64 << 10, CopyBytes = 64 << 10;

    /// <summary>A client of UDP that is silent for so long has gone; dockerd's.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    private readonly NetworkPlace host;
    private readonly Socket listener;
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim room = new(ConnectionLimit, ConnectionLimit);
    private readonly Dictionary<EndPoint, Socket> clients = [];
    private readonly Task work;
    private FdHandle? own;

    /// <summary>Begins to pass on.</summary>
    /// <param name="host">Where connections to the container begin.</param>
    /// <param name="listener">The socket that holds the port, which stays the caller's.</param>
    /// <param name="target">The container's port.</param>
    public PortProxy(NetworkPlace host, Socket listener, IPEndPoint target)
    {
        (this.host, this.listener, Target) = (host, listener, target);
        if (listener.SocketType == SocketType.Stream) HeldSocket.Open(listener);
        work = listener.SocketType == SocketType.Stream ? AcceptAsync() : ReceiveAsync();
    }

    /// <summary>Begins to pass on, from within the namespace of the container.</summary>
    /// <param name="sandbox">A file of the namespace.</param>
    /// <param name="listener">The socket that holds the port, which stays the caller's.</param>
    /// <param name="target">The container's port, at an address of its own.</param>
    public static PortProxy Within(string sandbox, Socket listener, IPEndPoint target)
    {
        FdHandle file = SandboxNamespace.Open(sandbox);
        try
        {
            return new(new(file), listener, target) { own = file };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The container's port.</summary>
    public IPEndPoint Target { get; }

    /// <summary>Whether connections begin in the container's namespace.</summary>
    public bool IsInside => own is not null;

    /// <summary>Stops, and ends all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (listener.SocketType == SocketType.Stream) HeldSocket.Close(listener);
        await stop.CancelAsync().ConfigureAwait(false);
        await work.ConfigureAwait(false);
        for (int i = 0; i < ConnectionLimit; i++) await room.WaitAsync().ConfigureAwait(false);
        room.Dispose();
        stop.Dispose();
        own?.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await room.WaitAsync(stop.Token).ConfigureAwait(false);
                Socket client;
                try
                {
                    client = await listener.AcceptAsync(stop.Token).ConfigureAwait(false);
                }
                catch
                {
                    room.Release();
                    throw;
                }
                // Whoever disposes of this waits for the room that it has taken.
                _ = PassAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client has gone before it was its turn.
            }
        }
    }

    private async Task PassAsync(Socket client)
    {
        try
        {
            using (client)
            using (Socket container = Open(SocketType.Stream, ProtocolType.Tcp))
            {
                using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                limit.CancelAfter(ConnectLimit);
                await container.ConnectAsync(Target, limit.Token).ConfigureAwait(false);
                await Task.WhenAll(CopyAsync(client, container), CopyAsync(container, client)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of both has gone, and the other is told by the end of its connection.
        }
        finally
        {
            room.Release();
        }
    }

    /// <summary>Copies what one side sends until it ends its half; then the other's half is ended.</summary>
    private async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[CopyBytes];
        try
        {
            for (int count; (count = await from.ReceiveAsync(buffer, SocketFlags.None, stop.Token).ConfigureAwait(false)) > 0;) await to.SendAsync(buffer.AsMemory(0, count), SocketFlags.None, stop.Token).ConfigureAwait(false);
            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // A connection that broke is broken for both.
            from.Dispose();
            to.Dispose();
            throw;
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] datagram = new byte[DatagramBytes];
        IPEndPoint any = new(listener.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult received = await listener.ReceiveFromAsync(datagram, SocketFlags.None, any, stop.Token).ConfigureAwait(false);
                if (ClientOf(received.RemoteEndPoint) is { } container) await container.SendAsync(datagram.AsMemory(0, received.ReceivedBytes), SocketFlags.None, stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                if (stop.IsCancellationRequested) return;
            }
            catch (SocketException)
            {
                // Nobody listens in the container, or a client has gone.
            }
        }
    }

    /// <summary>The socket by which a client's datagrams go on; <see langword="null"/>: there are too many clients.</summary>
    private Socket? ClientOf(EndPoint client)
    {
        lock (clients)
        {
            if (clients.TryGetValue(client, out Socket? known)) return known;
            if (!room.Wait(0)) return null;
            Socket made;
            try
            {
                made = Open(SocketType.Dgram, ProtocolType.Udp);
                made.Connect(Target);
            }
            catch
            {
                room.Release();
                throw;
            }
            clients.Add(client, made);
            _ = AnswerAsync(client, made);
            return made;
        }
    }

    private async Task AnswerAsync(EndPoint client, Socket container)
    {
        byte[] datagram = new byte[DatagramBytes];
        try
        {
            while (true)
            {
                using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                limit.CancelAfter(Idle);
                int count = await container.ReceiveAsync(datagram, SocketFlags.None, limit.Token).ConfigureAwait(false);
                await listener.SendToAsync(datagram.AsMemory(0, count), SocketFlags.None, client, stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // It was silent for too long, or nobody listens there.
        }
        finally
        {
            lock (clients) clients.Remove(client);
            container.Dispose();
            room.Release();
        }
    }

    private Socket Open(SocketType type, ProtocolType protocol) => host.Run(() => new Socket(Target.AddressFamily, type, protocol));
}
