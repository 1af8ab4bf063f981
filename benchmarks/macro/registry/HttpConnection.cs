using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Keelson.Bench.Registry;

/// <summary>One connection of HTTP/1.1 that costs as little as it can: what is measured is the other side.</summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] buffer = new byte[256 << 10];
    private readonly string host;

    public HttpConnection(IPEndPoint address)
    {
        host = address.ToString();
        socket.Connect(address);
    }

    /// <summary>Sends a request and reads its answer; the body is counted and thrown away.</summary>
    /// <returns>The header <c>Location</c> as a path and query, and the length of the body.</returns>
    public (string Location, long Length) Send(int expected, string method, string path, ReadOnlySpan<byte> body = default, string headers = "")
    {
        string length = method is "GET" or "HEAD" ? "" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\nContent-Type: application/octet-stream\r\n");
        socket.Send(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{length}{headers}\r\n"));
        for (int sent = 0; sent < body.Length;) sent += socket.Send(body[sent..]);
        int have = 0, end;
        while ((end = buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8)) < 0)
        {
            int count = socket.Receive(buffer.AsSpan(have));
            if (count == 0) throw new InvalidOperationException($"{method} {path}: the connection was closed");
            have += count;
        }
        string head = Encoding.ASCII.GetString(buffer, 0, end);
        if (!head.StartsWith($"HTTP/1.1 {expected} ", StringComparison.Ordinal)) throw new InvalidOperationException($"{method} {path}: {head}");
        string location = Header(head, "location");
        long rest = method == "HEAD" || Header(head, "content-length") is not { Length: > 0 } text ? 0 : long.Parse(text, CultureInfo.InvariantCulture);
        for (long left = rest - (have - end - 4); left > 0; left -= socket.Receive(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)))) { }
        return (location.StartsWith("http", StringComparison.Ordinal) ? new Uri(location).PathAndQuery : location, rest);
    }

    public void Dispose() => socket.Dispose();

    private static string Header(string head, string name) =>
        head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)) is { } line ? line[(name.Length + 1)..].Trim() : "";
}
