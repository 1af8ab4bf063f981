using System.Net;
using System.Net.Sockets;

namespace Keelson.Testing;

/// <summary>Ports of the loopback device, for programs that cannot tell which one they took.</summary>
public static class LoopbackPort
{
    /// <summary>A port that nobody has at this moment.</summary>
    public static int Free()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether somebody listens.</summary>
    public static bool Accepts(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
