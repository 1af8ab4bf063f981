using System.Net;
using System.Net.Sockets;

namespace Keelson.Bench;

/// <summary>Ports of the loopback interface.</summary>
internal static class Loopback
{
    /// <summary>A port that nobody has at this moment.</summary>
    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether somebody listens.</summary>
    public static bool Accepts(IPEndPoint address)
    {
        using TcpClient client = new();
        try
        {
            client.Connect(address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
