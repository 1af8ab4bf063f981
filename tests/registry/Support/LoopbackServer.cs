using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Keelson.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests;

/// <summary>Answers HTTP/1.1 on a port of the loopback interface.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SocketServer server = new(NullLoggerFactory.Instance);

    private LoopbackServer(RequestDelegate handler)
    {
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(512);
        server.Listen((int)socket.Handle, HttpProtocols.Http1, handler);
        Name = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}");
    }

    /// <summary>Host and port.</summary>
    public string Name { get; }

    public static async Task<LoopbackServer> StartAsync(RequestDelegate handler)
    {
        LoopbackServer made = new(handler);
        await made.server.StartAsync();
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        await server.StopAsync(TimeSpan.FromSeconds(5));
        await server.DisposeAsync();
        socket.Dispose();
    }
}
