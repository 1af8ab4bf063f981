using System.Net;
using System.Net.Sockets;
using Keelson.Linux;
using Keelson.Linux.Services;

namespace Keelson.Daemon;

/// <summary>A listening socket: a unix socket, or TCP.</summary>
internal sealed class ListeningSocket : IDisposable
{
    private readonly SocketFile? file;
    private readonly Socket? socket;
    private readonly FdHandle? passed;

    private ListeningSocket(string address, SocketFile? file = null, Socket? socket = null, FdHandle? passed = null)
    {
        Address = address;
        this.file = file;
        this.socket = socket;
        this.passed = passed;
    }

    /// <summary>The socket, which stays this object's.</summary>
    public int Fd => file?.Fd ?? passed?.Fd ?? (int)socket!.Handle;

    /// <summary>Where it listens: the path, or the address with the port that it has.</summary>
    public string Address { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="key">Where the address comes from, for messages.</param>
    /// <param name="address">An absolute path, also after <c>unix://</c>; or an address and a port: <c>127.0.0.1:1338</c>, <c>[::1]:1338</c>.</param>
    /// <param name="uid">Owner of a unix socket.</param>
    /// <param name="gid">Its group.</param>
    /// <param name="mode">Its permission bits.</param>
    /// <param name="passed">Sockets of the service manager: one that listens there is taken as it is.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the address is none. Unavailable: somebody listens there.</exception>
    public static ListeningSocket Open(string key, string address, uint uid, uint gid, uint mode = SocketFile.StandardMode, PassedSockets? passed = null)
    {
        string path = address.StartsWith("unix://", StringComparison.Ordinal) ? address["unix://".Length..] : address;
        if (path.StartsWith('/')) return new(path, SocketFile.Open(path, uid, gid, mode, passed));
        // As Go has it, a port alone means all addresses of the machine.
        if (!IPEndPoint.TryParse(address.StartsWith(':') ? "[::]" + address : address, out IPEndPoint? endpoint) || endpoint.Port == 0 && !address.EndsWith(":0", StringComparison.Ordinal))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"listen {address}: {key} is neither a path nor an address with a port, such as 127.0.0.1:1338");
        if (passed?.TryTake(endpoint.ToString()) is { } taken) return new(endpoint.ToString(), passed: taken);
        Socket socket = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(endpoint);
            socket.Listen();
            return new(socket.LocalEndPoint!.ToString()!, socket: socket);
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
        passed?.Dispose();
    }
}
