using System.Net;
using System.Net.Sockets;

namespace Keelson.Daemon;

/// <summary>The listening socket of the metrics: a unix socket, or TCP as Prometheus wants it.</summary>
internal sealed class MetricsListener : IDisposable
{
    private readonly SocketFile? file;
    private readonly Socket? socket;

    private MetricsListener(SocketFile? file, Socket? socket)
    {
        this.file = file;
        this.socket = socket;
    }

    /// <summary>The socket, which stays this object's.</summary>
    public int Fd => file?.Fd ?? (int)socket!.Handle;

    /// <summary>Begins to listen.</summary>
    /// <param name="address">An absolute path, also after <c>unix://</c>; or an address and a port: <c>127.0.0.1:1338</c>, <c>[::1]:1338</c>.</param>
    /// <param name="uid">Owner of a unix socket.</param>
    /// <param name="gid">Its group.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the address is none. Unavailable: somebody listens there.</exception>
    public static MetricsListener Open(string address, uint uid, uint gid)
    {
        string path = address.StartsWith("unix://", StringComparison.Ordinal) ? address["unix://".Length..] : address;
        if (path.StartsWith('/')) return new(SocketFile.Open(path, uid, gid), null);
        if (!IPEndPoint.TryParse(address, out IPEndPoint? endpoint) || endpoint.Port == 0)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"listen {address}: metrics.address is neither a path nor an address with a port, such as 127.0.0.1:1338");
        Socket socket = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            socket.Listen();
            return new(null, socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new KeelsonException(ErrorKind.Unavailable, $"listen {address}", e);
        }
    }

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        file?.Dispose();
        socket?.Dispose();
    }
}
