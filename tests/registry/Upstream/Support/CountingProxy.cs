using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Keelson.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>Stands before an upstream: notes each request and passes it on, or answers in its place.</summary>
internal sealed class CountingProxy : IAsyncDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SocketServer server = new(NullLoggerFactory.Instance);
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private readonly ConcurrentQueue<SeenRequest> requests = new();
    private readonly string target;
    private int open;

    private CountingProxy(string target)
    {
        this.target = target;
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(512);
        server.Listen((int)socket.Handle, HttpProtocols.Http1, HandleAsync);
        Name = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}");
    }

    /// <summary>Host and port.</summary>
    public string Name { get; }

    public Uri Address => new("http://" + Name);

    /// <summary>All that came.</summary>
    public IReadOnlyCollection<SeenRequest> Requests => requests;

    /// <summary>How many requests are being answered.</summary>
    public int Open => Volatile.Read(ref open);

    /// <summary>Whether each connection is cut off.</summary>
    public bool IsDown { get; set; }

    /// <summary>Answers in place of the upstream; false passes the request on.</summary>
    public Func<HttpContext, Task<bool>>? Fault { get; set; }

    /// <summary>Half of a blob goes out, and the other half when this is over.</summary>
    public Task? Hold { get; set; }

    /// <summary>So many of the next answers with a blob break off in their midst.</summary>
    public int Breaks { get; set; }

    /// <summary>Starts one.</summary>
    /// <param name="target">Host and port of the upstream.</param>
    public static async Task<CountingProxy> StartAsync(string target)
    {
        CountingProxy proxy = new(target);
        await proxy.server.StartAsync();
        return proxy;
    }

    /// <summary>How many requests of a kind came.</summary>
    public int Count(string method, string part) => requests.Count(request => request.Method == method && request.Target.Contains(part, StringComparison.Ordinal));

    /// <summary>How many requests came in all, the version check and tokens aside.</summary>
    public int Total => requests.Count(request => request.Target.Length > "/v2/".Length);

    public async ValueTask DisposeAsync()
    {
        await server.StopAsync(TimeSpan.FromSeconds(1));
        await server.DisposeAsync();
        client.Dispose();
        socket.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        HttpRequest request = http.Request;
        requests.Enqueue(new(request.Method, request.GetEncodedPathAndQuery(), request.Headers.Authorization.ToString(), request.Headers.Range.ToString()));
        if (IsDown)
        {
            http.Abort();
            return;
        }
        Interlocked.Increment(ref open);
        try
        {
            if (Fault is not { } fault || !await fault(http)) await ForwardAsync(http);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            http.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    }

    private async Task ForwardAsync(HttpContext http)
    {
        using HttpRequestMessage asked = new(new HttpMethod(http.Request.Method), "http://" + target + http.Request.GetEncodedPathAndQuery());
        foreach (string name in (string[])["Accept", "Range", "Authorization"])
            if (http.Request.Headers[name] is { Count: > 0 } values) asked.Headers.TryAddWithoutValidation(name, values.ToArray());
        using HttpResponseMessage answer = await client.SendAsync(asked, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
        http.Response.StatusCode = (int)answer.StatusCode;
        foreach ((string name, var values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
            if (name is not ("Transfer-Encoding" or "Connection" or "Date")) http.Response.Headers[name] = values.ToArray();
        if (http.Request.Method == "HEAD") return;
        Stream body = await answer.Content.ReadAsStreamAsync(http.RequestAborted);
        bool isBlob = http.Request.Path.Value!.Contains("/blobs/", StringComparison.Ordinal);
        if (isBlob && (Hold is not null || Breaks > 0)) await HalfAsync(http, body, answer.Content.Headers.ContentLength!.Value / 2);
        await body.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    private async Task HalfAsync(HttpContext http, Stream body, long length)
    {
        byte[] half = new byte[length];
        await body.ReadExactlyAsync(half, http.RequestAborted);
        await http.Response.Body.WriteAsync(half, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        if (Hold is { } hold) await hold.WaitAsync(http.RequestAborted);
        if (Breaks-- > 0)
        {
            http.Abort();
            http.RequestAborted.ThrowIfCancellationRequested();
            throw new IOException("the connection is cut off");
        }
    }
}
