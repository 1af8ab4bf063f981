using System.Buffers.Text;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Keelson.Bench.Trust;

/// <summary>A connection to a server of collections on which requests go out as they were written beforehand, so that a publication costs the publisher next to nothing.</summary>
internal sealed class UploadConnection : IDisposable
{
    private readonly byte[] buffer = new byte[16 << 10];
    private readonly TcpClient socket;
    private readonly SslStream stream;

    private UploadConnection(TcpClient socket, SslStream stream) => (this.socket, this.stream) = (socket, stream);

    /// <summary>Connects.</summary>
    /// <param name="address">The server.</param>
    /// <param name="policy">Who is believed about it.</param>
    public static async Task<UploadConnection> OpenAsync(Uri address, X509ChainPolicy policy)
    {
        TcpClient socket = new() { NoDelay = true };
        try
        {
            await socket.ConnectAsync("127.0.0.1", address.Port).ConfigureAwait(false);
            SslStream stream = new(socket.GetStream());
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host, CertificateChainPolicy = policy, ApplicationProtocols = [SslApplicationProtocol.Http11] }).ConfigureAwait(false);
            return new(socket, stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request, and waits for the answer.</summary>
    /// <exception cref="InvalidOperationException">It is another than 200 without a body.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> request)
    {
        await stream.WriteAsync(request).ConfigureAwait(false);
        int count = 0;
        while (count < 4 || !buffer.AsSpan(0, count).EndsWith("\r\n\r\n"u8))
        {
            int read = await stream.ReadAsync(buffer.AsMemory(count)).ConfigureAwait(false);
            if (read == 0 || !buffer.AsSpan(0, count + read).StartsWith("HTTP/1.1 200"u8)) throw new InvalidOperationException("publish: " + Encoding.UTF8.GetString(buffer, 0, count + read));
            count += read;
        }
        if (LengthOf(buffer.AsSpan(0, count)) != 0) throw new InvalidOperationException("publish: an answer with a body: " + Encoding.UTF8.GetString(buffer, 0, count));
    }

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }

    private static int LengthOf(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> name = "\r\nContent-Length: "u8;
        int at = head.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(head[(at + name.Length)..], out int length, out _) ? length : -1;
    }
}
