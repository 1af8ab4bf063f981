using System.Net.Sockets;
using System.Text;

namespace Keelson.Registry.Tests;

/// <summary>A client that dies in the middle of a request.</summary>
internal static class BrokenRequest
{
    /// <summary>Sends less of a body than was announced, and closes the connection.</summary>
    /// <param name="method">The method.</param>
    /// <param name="url">The whole URL.</param>
    /// <param name="announced">What the length is said to be.</param>
    /// <param name="sent">What is sent.</param>
    public static async Task SendAsync(string method, string url, int announced, byte[] sent)
    {
        Uri uri = new(url);
        using TcpClient client = new();
        await client.ConnectAsync(uri.Host, uri.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} {uri.PathAndQuery} HTTP/1.1\r\nHost: {uri.Authority}\r\nContent-Type: application/octet-stream\r\nContent-Length: {announced}\r\n\r\n"));
        await stream.WriteAsync(sent);
        // The registry has all of it before it hears of the end, and has done with it when it closes the connection in turn.
        client.Client.Shutdown(SocketShutdown.Send);
        byte[] rest = new byte[4096];
        try
        {
            while (await stream.ReadAsync(rest) > 0)
            {
            }
        }
        catch (IOException)
        {
            // It broke the connection in turn.
        }
    }
}
