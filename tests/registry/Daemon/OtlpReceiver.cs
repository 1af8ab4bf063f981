using System.Collections.Concurrent;

namespace Keelson.Registry.Tests.Daemon;

/// <summary>Takes traces.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> bodies = new();
    private LoopbackServer? server;

    public string Address => "http://" + server!.Name;

    public string Text => string.Join('\n', bodies);

    public static async Task<OtlpReceiver> StartAsync()
    {
        OtlpReceiver receiver = new();
        receiver.server = await LoopbackServer.StartAsync(async http =>
        {
            using StreamReader reader = new(http.Request.Body);
            receiver.bodies.Enqueue(await reader.ReadToEndAsync());
        });
        return receiver;
    }

    public ValueTask DisposeAsync() => server!.DisposeAsync();
}
