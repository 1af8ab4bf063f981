using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Keelson.Hosting.Grpc;
using Keelson.Linux;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Sockets = Keelson.Linux.Sys.Sockets;

namespace Keelson.Hosting.Tests;

/// <summary>A server of <see cref="EchoService"/> on one socket and of plain HTTP on another.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    public const int LimitBytes = 100_000;
    private readonly string directory = TestDirectory.Make("hosting");
    private readonly FdHandle grpc, http;
    private readonly SocketServer server = new(NullLoggerFactory.Instance);
    private GrpcChannel? channel;

    private EchoServer()
    {
        grpc = Listen("grpc");
        http = Listen("http");
        GrpcServer service = new GrpcServer(new()
        {
            ReceiveLimitBytes = LimitBytes,
            SendLimitBytes = LimitBytes,
            Translate = error => error is KeyNotFoundException ? new Status(StatusCode.NotFound, "translated") : null,
        }, NullLogger.Instance).Add("test.Echo", EchoService.Bind);
        server.Listen(grpc.Fd, HttpProtocols.Http2, service.HandleAsync);
        server.Listen(http.Fd, HttpProtocols.Http1, context => context.Response.WriteAsync("plain " + context.Request.Path));
    }

    public static async Task<EchoServer> StartAsync()
    {
        EchoServer made = new();
        await made.server.StartAsync();
        return made;
    }

    public CallInvoker Client => (channel ??= GrpcChannel.ForAddress("http://localhost", new() { HttpHandler = Handler("grpc") })).CreateCallInvoker();

    public HttpClient Http => new(Handler("http")) { BaseAddress = new("http://localhost") };

    /// <summary>A client that speaks HTTP/2 by hand.</summary>
    public HttpClient Raw => new(Handler("grpc")) { BaseAddress = new("http://localhost"), DefaultRequestVersion = new(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

    public Task StopAsync() => server.StopAsync(TimeSpan.FromSeconds(5));

    public async ValueTask DisposeAsync()
    {
        channel?.Dispose();
        await server.StopAsync(TimeSpan.FromSeconds(5));
        await server.DisposeAsync();
        grpc.Dispose();
        http.Dispose();
        TestDirectory.Remove(directory);
    }

    private FdHandle Listen(string name)
    {
        Sockets.TryListen($"{directory}/{name}", out FdHandle? listener).ThrowIfError("listen", name);
        return listener!;
    }

    private SocketsHttpHandler Handler(string name) => new()
    {
        ConnectCallback = async (_, cancel) =>
        {
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{directory}/{name}"), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };
}
