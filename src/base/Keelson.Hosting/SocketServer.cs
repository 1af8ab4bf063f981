using Keelson.Hosting.Tls;
using Keelson.Hosting.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Keelson.Hosting;

/// <summary>Kestrel on listening sockets that the caller made, without host builder, dependency injection, configuration and routing: a daemon that starts at once.</summary>
public sealed class SocketServer : IAsyncDisposable
{
    /// <summary>Calls at once on one connection. A client that waits for its tasks has one call open for each.</summary>
    private const int StreamLimit = 10_000;

    /// <summary>How long a connection may be idle: longer than any machine runs.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromDays(10_000);

    private readonly KestrelServerOptions options = new() { AddServerHeader = false };
    private readonly SocketTransport transport = new();
    private readonly KestrelServer server;
    private readonly ILogger logger;
    private readonly CancellationTokenSource stopping = new();

    /// <summary>Makes a server that listens nowhere yet.</summary>
    /// <param name="loggers">Hears of what goes wrong on a connection.</param>
    /// <param name="isPublic">Whether clients are strangers: those that stall or trickle lose their connection.</param>
    public SocketServer(ILoggerFactory loggers, bool isPublic = false)
    {
        if (!isPublic)
        {
            // The clients are on this machine and may be silent as long as they like, between calls and in the midst of them.
            // Not the infinite time span: the server adds it to the clock, which overflows, and ends idle connections of HTTP/1.1 within a second.
            options.Limits.KeepAliveTimeout = KeepAlive;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
        }
        options.Limits.MaxRequestBodySize = null;
        // HTTP/2 names the scheme in each request; behind a proxy, and without TLS' negotiation, it is not the connection's.
        options.AllowAlternateSchemes = true;
        logger = loggers.CreateLogger("http");
        options.Limits.Http2.MaxStreamsPerConnection = StreamLimit;
        server = new KestrelServer(Options.Create(options), transport, new OwnTlsLoggers(loggers));
    }

    /// <summary>Cancelled when the server begins to stop. Calls that wait for something should end then.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>Serves a listening socket.</summary>
    /// <param name="fd">The socket, which stays the caller's until the server has stopped.</param>
    /// <param name="protocols">HTTP/2 with prior knowledge for gRPC, HTTP/1.1, or both: TLS negotiates, and without it the first bytes of a connection decide.</param>
    /// <param name="handler">Answers each request.</param>
    /// <param name="around">What stands between the socket and the protocol; <see langword="null"/> for nothing.</param>
    /// <param name="tls">How TLS is spoken; <see langword="null"/>: it is not.</param>
    public void Listen(int fd, HttpProtocols protocols, RequestDelegate handler, Func<ConnectionDelegate, ConnectionDelegate>? around = null, ServerTls? tls = null)
    {
        ListenerFeature feature = new(handler);
        options.ListenHandle((ulong)fd, endpoint =>
        {
            endpoint.Protocols = protocols;
            endpoint.Use(next => connection =>
            {
                connection.Features.Set(feature);
                return next(connection);
            });
            if (around is not null) endpoint.Use(around);
            if (tls is not null) endpoint.Use(TlsConnection.Around(tls, protocols, logger));
            else if (protocols == HttpProtocols.Http1AndHttp2) endpoint.Use(PrefaceSniffer.Around);
        });
    }

    /// <summary>Begins to serve.</summary>
    public Task StartAsync() => server.StartAsync(new Application(), CancellationToken.None);

    /// <summary>Gives back the memory that no connection uses, to the garbage collector.</summary>
    public void TrimMemory() => transport.Trim();

    /// <summary>Stops: takes no more connections, and gives calls that run some time to end.</summary>
    /// <param name="limit">How long.</param>
    /// <param name="sockets">Closes the listening sockets, once the server has given them up: connections would go on to be made, and nobody would take them.</param>
    public async Task StopAsync(TimeSpan limit, Action? sockets = null)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        using CancellationTokenSource end = new(limit);
        // The server gives the sockets up before it waits for the first time.
        Task stopped = server.StopAsync(end.Token);
        sockets?.Invoke();
        await stopped.ConfigureAwait(false);
    }

    /// <summary>Closes what is still open.</summary>
    public ValueTask DisposeAsync()
    {
        server.Dispose();
        transport.Dispose();
        stopping.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed record ListenerFeature(RequestDelegate Handler);

    private sealed class Application : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => context.Features.Get<ListenerFeature>()!.Handler(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}
