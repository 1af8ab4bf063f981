using System.Net.Sockets;
using System.Text;

namespace Keelson.Bench.Engine;

/// <summary>The smallest question to a daemon: whether it answers at all.</summary>
internal static class Probe
{
    /// <summary>HTTP/1.1 on a unix socket.</summary>
    public static Func<bool> Http(string socket) => () => Ask(socket, "GET /_ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), "200 OK"u8.ToArray());

    /// <summary>containerd's Version call by hand: HTTP/2 preface, settings, headers without compression, an empty message.</summary>
    public static Func<bool> Grpc(string socket) => () => Ask(socket,
    [
        .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(4, 0, 0, []),
        .. Frame(1, 4, 1, [0x83, 0x86, .. Header(":path", "/containerd.services.version.v1.Version/Version"), .. Header(":authority", "l"), .. Header("content-type", "application/grpc"), .. Header("te", "trailers")]),
        .. Frame(0, 1, 1, [0, 0, 0, 0, 0]),
    ], "application/grpc"u8.ToArray(), isBinary: true);

    private static bool Ask(string path, byte[] question, byte[] answer, bool isBinary = false)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.Send(question);
            List<byte> got = [];
            byte[] buffer = new byte[4096];
            while (socket.Receive(buffer) is > 0 and int count)
            {
                got.AddRange(buffer.AsSpan(0, count));
                // In HTTP/2 the headers of the answer are the first frame of type 1 on stream 1; their text may be compressed.
                if (isBinary ? HasHeaders(got) : got.ToArray().AsSpan().IndexOf(answer) >= 0) return true;
            }
            return false;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool HasHeaders(List<byte> bytes)
    {
        for (int at = 0; at + 9 <= bytes.Count; at += 9 + (bytes[at] << 16 | bytes[at + 1] << 8 | bytes[at + 2]))
            if (bytes[at + 3] == 1 && bytes[at + 8] == 1) return true;
        return false;
    }

    private static byte[] Frame(byte type, byte flags, byte stream, byte[] payload) => [0, (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];

    private static byte[] Header(string name, string value) => [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
}
