using System.Net.Sockets;
using System.Text;

namespace Keelson.Distribution.Tests;

/// <summary>The client of a server of a test, to be answered in any way, right or wrong.</summary>
internal sealed class Peer(TcpClient connection)
{
    private readonly NetworkStream stream = connection.GetStream();
    private long sent;

    /// <summary>Bytes of bodies that went to this client.</summary>
    public long Sent => Volatile.Read(ref sent);

    /// <summary>Whether the connection was broken on purpose.</summary>
    public bool IsBroken { get; private set; }

    public async Task AnswerAsync(int status, byte[] body, params (string Name, string Value)[] headers)
    {
        await HeadAsync(status, [("Content-Length", body.Length.ToString()), .. headers]);
        await BodyAsync(body);
    }

    public Task AnswerAsync(int status, params (string Name, string Value)[] headers) => AnswerAsync(status, [], headers);

    public async Task HeadAsync(int status, params (string Name, string Value)[] headers)
    {
        string head = $"HTTP/1.1 {status} Status\r\n" + string.Concat(headers.Select(h => $"{h.Name}: {h.Value}\r\n")) + "\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
    }

    public async Task BodyAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes);
        Interlocked.Add(ref sent, bytes.Length);
    }

    /// <summary>Ends the connection as a server that dies.</summary>
    public void Break()
    {
        IsBroken = true;
        connection.Close();
    }
}
