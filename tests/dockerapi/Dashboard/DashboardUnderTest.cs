using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Keelson.DockerApi.Access;
using Keelson.DockerApi.Dashboard;
using Keelson.DockerApi.Tests.Fakes;
using Keelson.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.DockerApi.Tests.Dashboard;

/// <summary>The dashboard in this process, on the loopback device and on fakes.</summary>
internal sealed class DashboardUnderTest : IAsyncDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SocketServer host = new(NullLoggerFactory.Instance, isPublic: true);
    private readonly HttpClient client;

    private DashboardUnderTest(DockerApiAccess? access)
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        DockerApiServices services = new() { Containers = Containers, Images = new FakeImages(), Snapshots = new FakeSnapshots(), Info = new("0.1.0", "abc", "11111111-2222-3333-4444-555555555555", "/root") };
        DashboardServer server = new(services, NullLogger.Instance, access ?? new(new SocketRights("")), Token, Port, host.Stopping);
        host.Listen((int)listener.Handle, HttpProtocols.Http1, http =>
        {
            Requests.Enqueue($"{http.Request.Method} {http.Request.Path}");
            if (!Breaks.TryGetValue(http.Request.Path.Value!, out int left) || left == 0) return server.HandleAsync(http);
            Breaks[http.Request.Path.Value!] = left - 1;
            http.Abort();
            return Task.CompletedTask;
        }, DockerApiHosting.AroundHttp);
        client = new(NamespaceClient.Handler(null)) { BaseAddress = new(Origin) };
    }

    public FakeContainers Containers { get; } = new();

    public DashboardToken Token { get; } = DashboardToken.Make();

    public int Port { get; }

    public string Origin => $"http://127.0.0.1:{Port}";

    /// <summary>The address that lets a browser in.</summary>
    public string Url => $"{Origin}/?token={Token.Text}";

    public string Cookie => $"keelson-dashboard-{Port}={Token.Cookie}";

    /// <summary>All that was asked, as method and path.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>How many more requests of a path are broken off.</summary>
    public ConcurrentDictionary<string, int> Breaks { get; } = new();

    public static async Task<DashboardUnderTest> StartAsync(DockerApiAccess? access = null)
    {
        DashboardUnderTest dashboard = new(access);
        await dashboard.host.StartAsync();
        return dashboard;
    }

    /// <summary>Sends a request with the headers that are said and no others.</summary>
    public async Task<HttpResponseMessage> SendAsync(string method, string path, params IReadOnlyList<(string Name, string Value)> headers)
    {
        using HttpRequestMessage request = new(new(method), path);
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }

    /// <summary>Sends a request as the page does.</summary>
    public async Task<(int Status, string Body)> CallAsync(string method, string path, string? json = null)
    {
        using HttpRequestMessage request = new(new(method), path);
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)[("Cookie", Cookie), ("X-Keelson-Key", Token.Key), ("Origin", Origin)]) request.Headers.TryAddWithoutValidation(name, value);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Opens a websocket with some headers.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="key">What the protocol says for the key; <see langword="null"/>: nothing.</param>
    /// <param name="origin">The page that opens it; <see langword="null"/>: none.</param>
    public async Task<ClientWebSocket> OpenAsync(string path, string? key, string? origin)
    {
        ClientWebSocket socket = new();
        socket.Options.SetRequestHeader("Cookie", Cookie);
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.AddSubProtocol("keelson.terminal");
        if (key is not null) socket.Options.AddSubProtocol("key." + key);
        try
        {
            await socket.ConnectAsync(new($"ws://127.0.0.1:{Port}{path}"), CancellationToken.None);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await host.StopAsync(TimeSpan.FromSeconds(2));
        await host.DisposeAsync();
        listener.Dispose();
    }
}
