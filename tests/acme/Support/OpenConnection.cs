using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Keelson.Acme.Tests;

/// <summary>One connection of TLS and HTTP/1.1 that is kept.</summary>
internal sealed class OpenConnection : IDisposable
{
    private readonly TcpClient client;
    private readonly SslStream stream;

    private OpenConnection(TcpClient client)
    {
        this.client = client;
        stream = new(client.GetStream());
    }

    /// <summary>Number of the certificate that was shown.</summary>
    public string Serial => ((X509Certificate2)stream.RemoteCertificate!).SerialNumber;

    public static async Task<OpenConnection> OpenAsync(int port, string name)
    {
        TcpClient client = new("127.0.0.1", port);
        OpenConnection made = new(client);
        // What is shown is looked at by others.
        await made.stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name, RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null });
        return made;
    }

    /// <summary>Asks for <c>/v2/</c>.</summary>
    /// <returns>The status.</returns>
    public async Task<int> AskAsync()
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"));
        byte[] answer = new byte[64 << 10];
        int length = 0;
        while (!Encoding.ASCII.GetString(answer, 0, length).EndsWith("{}", StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(answer.AsMemory(length));
            if (count == 0) throw new IOException("the connection has ended: " + Encoding.ASCII.GetString(answer, 0, length));
            length += count;
        }
        return int.Parse(Encoding.ASCII.GetString(answer, 9, 3), System.Globalization.CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        stream.Dispose();
        client.Dispose();
    }
}
