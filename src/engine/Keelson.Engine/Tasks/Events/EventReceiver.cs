using System.Net.Sockets;
using Keelson.Content;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Protobuf;
using Keelson.Shim.Api;
using Keelson.Shim.Events;
using Keelson.Ttrpc;

namespace Keelson.Engine.Tasks.Events;

/// <summary>Takes the events of shims: <c>containerd.services.events.ttrpc.v1.Events</c>. One that was acknowledged is in the durable log.</summary>
/// <param name="path">Path of the socket: 0600, and only this process's user is served.</param>
/// <param name="log">The log.</param>
/// <param name="time">The clock.</param>
/// <param name="noticed">Hears of tasks, before who reads the log does.</param>
internal sealed class EventReceiver(string path, EventLog log, TimeProvider time, Action<TaskNotice> noticed) : IAsyncDisposable
{
    /// <summary>The service's name.</summary>
    public const string Service = "containerd.services.events.ttrpc.v1.Events";

    /// <summary>How far back an event is looked for that a shim may have sent to the daemon before.</summary>
    private const int LookBack = 1024;

    private readonly CancellationTokenSource stop = new();
    private readonly DateTimeOffset startedAt = time.GetUtcNow();
    private Task serving = Task.CompletedTask;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="KeelsonException">Unavailable: another process listens there. AlreadyExists: there is another file.</exception>
    public async Task StartAsync()
    {
        RemoveDead();
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        serving = new TtrpcServer(path, TakeAsync, Processes.EffectiveUserId, time).RunAsync(started, stop.Token);
        try
        {
            await (await Task.WhenAny(started.Task, serving).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"listen {path}", e);
        }
    }

    /// <summary>Publishes an event of the engine's own.</summary>
    public Task PublishAsync(string space, TaskEvent happened) =>
        log.PublishAsync(new(space, happened.Topic, "containerd.events." + happened.Type, happened.Message) { Timestamp = time.GetUtcNow() });

    /// <summary>Stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await serving.ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // StartAsync has told it.
        }
        stop.Dispose();
    }

    private async ValueTask<ReadOnlyMemory<byte>> TakeAsync(TtrpcRequest request, CancellationToken cancel)
    {
        if (request.Service != Service || request.Method != "Forward") throw new KeelsonException(ErrorKind.Unsupported, $"method {request.Service}/{request.Method}: it is not served here");
        EventDraft draft = Parse(request.Payload.Span);
        if (TaskNotice.Of(draft) is { } notice) noticed(notice);
        if (!IsKnown(draft)) await log.PublishAsync(draft).ConfigureAwait(false);
        return default;
    }

    /// <summary>An event from before the start may be in the log: its shim did not hear the acknowledgement.</summary>
    private bool IsKnown(EventDraft draft) => draft.Timestamp < startedAt
        && log.Read(Math.Max(log.FirstSequence - 1, log.LastSequence - LookBack)).Any(record =>
            record.Timestamp == draft.Timestamp && record.Topic == draft.Topic && record.Namespace == draft.Namespace && record.Payload.Span.SequenceEqual(draft.Payload.Span));

    private EventDraft Parse(ReadOnlySpan<byte> request)
    {
        ProtobufReader forward = new(request);
        while (forward.Next())
        {
            if (forward.Field != 1) continue;
            string space = "", topic = "";
            DateTimeOffset at = time.GetUtcNow();
            TypedMessage message = new("", default);
            ProtobufReader envelope = new(forward.Bytes);
            while (envelope.Next())
            {
                switch (envelope.Field)
                {
                    case 1: at = Timestamps.Parse(envelope.Bytes); break;
                    case 2: space = envelope.Text; break;
                    case 3: topic = envelope.Text; break;
                    case 4: message = TypedMessage.Parse(envelope.Bytes); break;
                }
            }
            return new(space, topic, message.TypeName, message.Value) { Timestamp = at };
        }
        throw new KeelsonException(ErrorKind.InvalidArgument, "forward event: its envelope is missing");
    }

    /// <summary>Removes the socket of a daemon that was killed; who calls holds the lock of the directories.</summary>
    private void RemoveDead()
    {
        if (Files.TryStatus(path, out FileStatus status, followLink: false) == Errno.ENOENT) return;
        if ((status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFSOCK) throw new KeelsonException(ErrorKind.AlreadyExists, $"listen {path}: there is a file that is no socket");
        Errno errno = Sockets.TryConnect(path, out FdHandle? connection);
        connection?.Dispose();
        if (errno == Errno.None) throw new KeelsonException(ErrorKind.Unavailable, $"listen {path}: another daemon listens there");
        Files.TryUnlink(path).ThrowIfError("unlink", path);
    }
}
