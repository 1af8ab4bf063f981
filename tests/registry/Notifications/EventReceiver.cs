using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Tests.Notifications;

/// <summary>Somebody who is told of events on the loopback interface.</summary>
internal sealed class EventReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<JsonObject> events = new();
    private readonly ConcurrentQueue<IHeaderDictionary> requests = new();
    private LoopbackServer? server;
    private int asked;

    public Uri Url => new($"http://{server!.Name}/events");

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
        receiver.server = await LoopbackServer.StartAsync(receiver.HandleAsync);
        return receiver;
    }

    public void Await(int count) => Condition.Await($"{count} events", () => events.Count >= count, TimeSpan.FromMinutes(1));

    public ValueTask DisposeAsync() => server!.DisposeAsync();

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
