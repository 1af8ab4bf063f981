using Keelson.Protobuf;
using Keelson.Shim.Api;
using Keelson.Ttrpc;

namespace Keelson.Shim.Tests.Support;

/// <summary>The daemon's end of the events: a ttrpc server that writes down what comes, and can be away.</summary>
internal sealed class EventSink(string path) : IAsyncDisposable
{
    private readonly List<(string Topic, byte[] Message)> events = [];
    private CancellationTokenSource? stop;
    private Task serving = Task.CompletedTask;

    /// <summary>Topics in the order in which they came: <c>create</c>, <c>exit</c>.</summary>
    public string[] Topics
    {
        get
        {
            lock (events) return [.. events.Select(e => e.Topic["/tasks/".Length..])];
        }
    }

    /// <summary>Comes back.</summary>
    public async Task StartAsync()
    {
        stop = new CancellationTokenSource();
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        serving = new TtrpcServer(path, TakeAsync, Linux.Sys.Processes.EffectiveUserId, TimeProvider.System).RunAsync(started, stop.Token);
        await started.Task;
    }

    /// <summary>Goes away.</summary>
    public async Task StopAsync()
    {
        if (stop is null) return;
        await stop.CancelAsync();
        await serving;
        stop.Dispose();
        stop = null;
    }

    /// <summary>Waits until an event has come so many times.</summary>
    public void Await(string topic, int times = 1) =>
        Condition.Await($"{times} events {topic}; there are {string.Join(' ', Topics)}", () => Topics.Count(t => t == topic) >= times);

    /// <summary>The numbers of the last event of a topic, by field.</summary>
    public Dictionary<int, long> Last(string topic)
    {
        byte[] message;
        lock (events) message = events.Last(e => e.Topic == "/tasks/" + topic).Message;
        Dictionary<int, long> numbers = [];
        ProtobufReader reader = new(message);
        while (reader.Next()) numbers[reader.Field] = reader.Number;
        return numbers;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private ValueTask<ReadOnlyMemory<byte>> TakeAsync(TtrpcRequest request, CancellationToken cancellationToken)
    {
        ProtobufReader forward = new(request.Payload.Span);
        while (forward.Next())
        {
            string topic = "";
            TypedMessage any = new("", default);
            ProtobufReader envelope = new(forward.Bytes);
            while (envelope.Next())
            {
                if (envelope.Field == 3) topic = envelope.Text;
                else if (envelope.Field == 4) any = TypedMessage.Parse(envelope.Bytes);
            }
            lock (events) events.Add((topic, any.Value.ToArray()));
        }
        return ValueTask.FromResult(default(ReadOnlyMemory<byte>));
    }
}
