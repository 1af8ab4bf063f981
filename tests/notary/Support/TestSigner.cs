using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Keelson.Hosting;
using Keelson.Hosting.Tls;
using Keelson.Notary.Keys;
using Keelson.Notary.Signer;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Notary.Tests.Support;

/// <summary>Our signer in this process, on the loopback interface with TLS of both sides.</summary>
internal sealed class TestSigner : IAsyncDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SocketServer server = new(NullLoggerFactory.Instance);
    private bool isStopped;

    private TestSigner(IKeyService keys, TestCertificates certificates, ILogger? logger)
    {
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(64);
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(certificates.Authority);
        SslStreamCertificateContext own = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificates.Server.Certificate, certificates.Server.Key), null, offline: true);
        ServerTls tls = new() { Certificate = _ => own, Clients = ClientCertificateMode.RequireAndVerify, ClientAuthorities = authorities };
        server.Listen((int)socket.Handle, HttpProtocols.Http2, SignerServer.Make(keys, logger ?? NullLogger.Instance).HandleAsync, tls: tls);
    }

    public int Port { get; }

    public static async Task<TestSigner> StartAsync(IKeyService keys, TestCertificates certificates, ILogger? logger = null)
    {
        TestSigner made = new(keys, certificates, logger);
        await made.server.StartAsync();
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        if (isStopped) return;
        isStopped = true;
        await server.StopAsync(TimeSpan.FromSeconds(5));
        await server.DisposeAsync();
        socket.Dispose();
    }
}

/// <summary>Certificates of an authority for a server and its client.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly string folder = TestDirectory.Make("certificates");

    public TestCertificates()
    {
        using TestAuthority authority = new(folder);
        (Server, Client) = (authority.Issue("server", "CN=localhost"), authority.Issue("client", "CN=notary-server", isClient: true));
        Authority = authority.CertificateFile;
    }

    public string Authority { get; }

    public (string Certificate, string Key) Server { get; }

    public (string Certificate, string Key) Client { get; }

    /// <summary>A client with all that it needs.</summary>
    public RemoteKeyOptions ClientOf(int port) => new()
    {
        Address = new(string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}")),
        AuthorityFile = Authority,
        CertificateFile = Client.Certificate,
        KeyFile = Client.Key,
    };

    public void Dispose() => TestDirectory.Remove(folder);
}
