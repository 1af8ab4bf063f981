using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Keelson.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests.Notifications;

/// <summary>Somebody who is told of events on the loopback interface.</summary>
internal sealed class EventReceiver : IAsyncDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SocketServer server = new(NullLoggerFactory.Instance);
    private readonly ConcurrentQueue<JsonObject> events = new();
    private readonly ConcurrentQueue<IHeaderDictionary> requests = new();
    private int asked;

    private EventReceiver()
    {
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(64);
        server.Listen((int)socket.Handle, HttpProtocols.Http1, HandleAsync);
        Url = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}/events"));
    }

    public Uri Url { get; }

    /// <summary>Answers with a status by the number of the request, from 1 on; 200 by default.</summary>
    public Func<int, int> Status { get; set; } = _ => 200;

    /// <summary>Where it says that it is instead.</summary>
    public Uri? Location { get; set; }

    /// <summary>What it was told and took, in order.</summary>
    public IReadOnlyList<JsonObject> Events => [.. events];

    /// <summary>Headers of all requests.</summary>
    public IReadOnlyList<IHeaderDictionary> Requests => [.. requests];

    public static async Task<EventReceiver> StartAsync()
    {
        EventReceiver receiver = new();
        await receiver.server.StartAsync();
        return receiver;
    }

    public void Await(int count) => Condition.Await($"{count} events", () => events.Count >= count, TimeSpan.FromMinutes(1));

    public async ValueTask DisposeAsync()
    {
        await server.StopAsync(TimeSpan.Zero);
        await server.DisposeAsync();
        socket.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        JsonNode envelope = (await JsonNode.ParseAsync(http.Request.Body))!;
        requests.Enqueue(new HeaderDictionary(http.Request.Headers.ToDictionary()));
        int status = Status(Interlocked.Increment(ref asked));
        http.Response.StatusCode = status;
        if (Location is not null) http.Response.Headers.Location = Location.ToString();
        if (status >= 400) return;
        foreach (JsonNode? happened in envelope["events"]!.AsArray()) events.Enqueue(happened!.DeepClone().AsObject());
    }
}
