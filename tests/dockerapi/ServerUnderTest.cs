using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Keelson.DockerApi.Tests.Fakes;
using Keelson.Hosting;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.DockerApi.Tests;

/// <summary>The server in this process, on a socket of its own and on fakes.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly SocketServer host;
    private readonly FdHandle listener;
    private readonly HttpClient client;
    private readonly string folder;

    private ServerUnderTest(SocketServer host, FdHandle listener, string folder, FakeContainers containers, FakeImages images)
    {
        this.host = host;
        this.listener = listener;
        this.folder = folder;
        Containers = containers;
        Images = images;
        client = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) => new NetworkStream(await ConnectAsync(cancel), ownsSocket: true),
        })
        { BaseAddress = new("http://docker/v1.41/") };
    }

    public FakeContainers Containers { get; }

    public FakeImages Images { get; }

    public string Address => folder + "/docker.sock";

    /// <param name="access">Who may do what; everybody everything where it is not said.</param>
    /// <param name="containers">Containers that several servers have; new ones where it is not said.</param>
    public static async Task<ServerUnderTest> StartAsync(DockerApiAccess? access = null, FakeContainers? containers = null)
    {
        string folder = TestDirectory.Make("dockerapi");
        containers ??= new();
        FakeImages images = new();
        Sockets.TryListen(folder + "/docker.sock", out FdHandle? listener).ThrowIfError("listen", folder);
        SocketServer host = new(NullLoggerFactory.Instance);
        DockerApiServices services = new() { Containers = containers, Images = images, Snapshots = new FakeSnapshots(), Info = new("0.1.0", "abc", "11111111-2222-3333-4444-555555555555", "/root") };
        DockerApiServer server = new(services, NullLogger.Instance, access, host.Stopping);
        host.Listen(listener!.Fd, HttpProtocols.Http1, server.HandleAsync, DockerApiHosting.AroundHttp);
        await host.StartAsync();
        return new(host, listener!, folder, containers, images);
    }

    public Task StopAsync() => host.StopAsync(TimeSpan.FromSeconds(2));

    public async Task<Socket> ConnectAsync(CancellationToken cancel = default)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Address), cancel);
        return socket;
    }

    public Task<HttpResponseMessage> SendAsync(string method, string path, string? json = null, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        HttpRequestMessage request = new(new(method), path);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return client.SendAsync(request, completion);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead) => client.SendAsync(request, completion);

    /// <summary>Status and body.</summary>
    public async Task<(int Status, string Body)> CallAsync(string method, string path, string? json = null)
    {
        using HttpResponseMessage response = await SendAsync(method, path, json);
        return ((int)response.StatusCode, (await response.Content.ReadAsStringAsync()).TrimEnd('\n'));
    }

    /// <summary>The body of an answer that succeeds.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        (int status, string body) = await CallAsync("GET", path);
        Assert.True(status == 200, body);
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>Sends bytes and reads what comes until the server closes, or nothing has come for a second when it does not.</summary>
    public async Task<string> ExchangeAsync(string text)
    {
        using Socket socket = await ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(text));
        return await ReadToEndAsync(socket);
    }

    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        StringBuilder received = new();
        byte[] buffer = new byte[4096];
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer, limit.Token)) > 0;) received.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            received.Append("[reset]");
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"the server does not close; it has sent: {received}; there are {ThreadPool.ThreadCount} threads and {ThreadPool.PendingWorkItemCount} pieces of work that wait", e);
        }
        return received.ToString();
    }

    /// <summary>Reads until a text has come.</summary>
    public static async Task<string> ReadUntilAsync(Socket socket, string text)
    {
        StringBuilder received = new();
        byte[] buffer = new byte[4096];
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (!received.ToString().Contains(text, StringComparison.Ordinal))
        {
            int read = await socket.ReceiveAsync(buffer, limit.Token);
            Assert.True(read > 0, $"the server closed after: {received}");
            received.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        return received.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await host.StopAsync(TimeSpan.FromSeconds(2));
        await host.DisposeAsync();
        listener.Dispose();
        TestDirectory.Remove(folder);
    }
}
