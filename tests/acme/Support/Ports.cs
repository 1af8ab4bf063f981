using System.Net;
using System.Net.Sockets;

namespace Keelson.Acme.Tests;

/// <summary>Ports for programs that must be told theirs.</summary>
internal static class Ports
{
    private static int next = 10_000 + Environment.ProcessId % 200 * 100;

    /// <summary>A port of the loopback interface where nobody listens, below those that the kernel gives away by itself.</summary>
    public static int Free()
    {
        while (true)
        {
            int port = Interlocked.Increment(ref next);
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody else has it.
            }
        }
    }
}
