using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keelson.Hosting.Tls;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Hosting.Tests;

/// <summary>A server that answers with as many bytes as the query says, whose header has the hash of what it was sent, over TCP or a unix socket, with TLS or without.</summary>
internal sealed class BodyServer : IAsyncDisposable
{
    private readonly string directory = TestDirectory.Make("hosting");
    private readonly Socket listening;
    private readonly SocketServer server = new(NullLoggerFactory.Instance);
    private readonly TestAuthority? authority;

    private BodyServer(bool isUnix, bool hasTls)
    {
        EndPoint address = isUnix ? new UnixDomainSocketEndPoint(directory + "/socket") : new IPEndPoint(IPAddress.Loopback, 0);
        listening = new(address.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        listening.Bind(address);
        listening.Listen(1024);
        ServerTls? tls = null;
        if (hasTls)
        {
            authority = new(directory);
            (string certificate, string key) = authority.Issue("server", "CN=server");
            SslStreamCertificateContext context = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificate, key), null, offline: true);
            tls = new() { Certificate = _ => context };
        }
        server.Listen((int)listening.Handle, HttpProtocols.Http1AndHttp2, AnswerAsync, tls: tls);
    }

    public static async Task<BodyServer> StartAsync(bool isUnix = false, bool hasTls = false)
    {
        BodyServer made = new(isUnix, hasTls);
        await made.server.StartAsync();
        return made;
    }

    /// <summary>A request came that waits for <see cref="Go"/>.</summary>
    public TaskCompletionSource Waits { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What such requests wait for.</summary>
    public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Part of a body has come.</summary>
    public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How a body ended that was not whole.</summary>
    public TaskCompletionSource<Exception> Broken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A client of HTTP 1.1, or of HTTP 2 with prior knowledge or by negotiation.</summary>
    public HttpClient Client(int version) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) => new NetworkStream(await ConnectAsync(cancel), ownsSocket: true),
        SslOptions = new() { CertificateChainPolicy = authority is null ? null : Trust(authority) },
    })
    {
        BaseAddress = new(authority is null ? "http://localhost" : "https://localhost"),
        DefaultRequestVersion = new(version, version == 1 ? 1 : 0),
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>A connection on which nothing was said yet.</summary>
    public async Task<Socket> ConnectAsync(CancellationToken cancel = default)
    {
        Socket socket = new(listening.AddressFamily, SocketType.Stream, listening.ProtocolType);
        await socket.ConnectAsync(listening.LocalEndPoint!, cancel);
        return socket;
    }

    public Task StopAsync() => server.StopAsync(TimeSpan.FromSeconds(60), listening.Dispose);

    public async ValueTask DisposeAsync()
    {
        Go.TrySetResult();
        await server.StopAsync(TimeSpan.FromSeconds(60));
        await server.DisposeAsync();
        listening.Dispose();
        authority?.Dispose();
        TestDirectory.Remove(directory);
    }

    private static X509ChainPolicy Trust(TestAuthority authority)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(authority.CertificateFile);
        return policy;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            byte[] buffer = new byte[100_000];
            for (int count; (count = await context.Request.Body.ReadAsync(buffer)) > 0; Begun.TrySetResult()) hash.AppendData(buffer, 0, count);
        }
        catch (Exception e)
        {
            Broken.TrySetResult(e);
            throw;
        }
        if (context.Request.Path == "/wait")
        {
            Waits.TrySetResult();
            await Go.Task;
        }
        int bytes = int.Parse(context.Request.Query["bytes"].ToString(), System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers["Hash"] = Convert.ToHexStringLower(hash.GetHashAndReset());
        byte[] answer = new byte[bytes];
        new Random(bytes).NextBytes(answer);
        await context.Response.Body.WriteAsync(answer);
    }
}
