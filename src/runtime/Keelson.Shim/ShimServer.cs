using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Events;
using Keelson.Shim.Launch;
using Keelson.Shim.Loop;
using Keelson.Shim.Serving;
using Keelson.Shim.Tasks;
using Keelson.Ttrpc;

namespace Keelson.Shim;

/// <summary>The shim that stays: listens on its socket and serves tasks until it has none.</summary>
internal sealed partial class ShimServer : IDisposable
{
    /// <summary>The service that containerd calls.</summary>
    public const string TaskService = "containerd.task.v2.Task";

    /// <summary>The shim's own: <c>Reserve</c> keeps it alive for a container that is about to be created.</summary>
    public const string ShimService = "keelson.shim.v1.Shim";

    private const int MaximumConnections = 1024, MaximumNameLength = 255;
    private static readonly TimeSpan ReservationLimit = TimeSpan.FromSeconds(60), EventLimit = TimeSpan.FromSeconds(5), EventPause = TimeSpan.FromMilliseconds(10);
    private readonly EventLoop loop;
    private readonly ChildReaper reaper;
    private readonly EventPublisher events;
    private readonly ShimContext context;
    private readonly string socketPath;
    private readonly FdHandle listener;
    private readonly Watch accepting;
    private readonly HashSet<ServerConnection> connections = [];
    private readonly Dictionary<string, ShimContainer> containers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LoopTimer> reserved = new(StringComparer.Ordinal);
    private readonly HashSet<string> creating = new(StringComparer.Ordinal);
    private bool isEnding, hasEnded, wasUsed;

    /// <summary>Makes a server of the calling thread, which must block SIGCHLD in all threads.</summary>
    public ShimServer(ShimArguments arguments, FdHandle listener, TimeProvider time)
    {
        this.listener = listener;
        socketPath = arguments.Socket;
        ShimLog log = ShimLog.Open(time);
        loop = new EventLoop(time);
        reaper = new ChildReaper(loop);
        events = new EventPublisher(loop, log, Environment.GetEnvironmentVariable("TTRPC_ADDRESS") ?? "", arguments.Namespace);
        context = new ShimContext(loop, reaper, events, log, arguments.Namespace);
        Files.TrySetNonBlocking(listener.Fd, true).ThrowIfError("fcntl", socketPath);
        accepting = loop.Watch(listener.Fd, EpollEvents.EPOLLIN, _ => Accept());
        Reserve(arguments.Id);
    }

    /// <summary>Serves until the last container is gone and the daemon has asked for the end.</summary>
    public void Run() => loop.Run();

    public void Dispose()
    {
        accepting.Dispose();
        listener.Dispose();
        events.Dispose();
        reaper.Dispose();
        loop.Dispose();
    }

    /// <summary>Checks a name that becomes part of paths and command lines.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is empty, too long, or has a slash or a leading dash or dot.</exception>
    public static void CheckName(string name)
    {
        if (name.Length is 0 or > MaximumNameLength || name[0] is '-' or '.' || name.AsSpan().ContainsAny('/', '\0', '\n'))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"name '{name}': it is empty, too long or holds a character that names may not have");
    }

    private void Accept()
    {
        while (Sockets.TryAccept(listener.Fd, out FdHandle? socket) == Errno.None)
        {
            // The file's mode lets root and its owner in; only the shim's own user is served (CVE-2020-15257).
            bool isOwn = Sockets.TryPeer(socket!.Fd, out PeerCredentials peer) == Errno.None && peer.UserId == Processes.EffectiveUserId;
            if (!isOwn || connections.Count >= MaximumConnections || Files.TrySetNonBlocking(socket.Fd, true) != Errno.None)
            {
                socket.Dispose();
                continue;
            }
            connections.Add(new ServerConnection(loop, socket, (connection, call) => context.Track(AnswerAsync(connection, call)), Gone));
        }
    }

    /// <summary>A client has gone. A daemon lets a shim without containers linger; when that daemon dies, nobody asks for the end any more.</summary>
    private void Gone(ServerConnection connection)
    {
        connections.Remove(connection);
        if (wasUsed && IsIdle && connections.Count == 0) context.Track(EndAsync());
    }

    private async Task AnswerAsync(ServerConnection connection, ServerCall call)
    {
        string method = call.Request.Method;
        using LoopTimer? late = call.Request.Timeout is { } timeout
            ? loop.After(timeout, () => connection.Fail(call.StreamId, StatusCode.DeadlineExceeded, $"{method}: the time is over"))
            : null;
        try
        {
            byte[] result = await (call.Request.Service switch
            {
                TaskService => ServeTaskAsync(method, call.Request.Payload, connection.Closed),
                Api.SandboxClient.Service => ServeSandboxAsync(method, call.Request.Payload, connection.Closed),
                ShimService when method == "Reserve" => ServeReserve(call.Request.Payload),
                ShimService when method == "Forget" => ForgetAsync(call.Request.Payload),
                _ => throw new KeelsonException(ErrorKind.Unsupported, $"service {call.Request.Service}: it is not served here"),
            });
            connection.Respond(call.StreamId, result);
        }
        catch (OperationCanceledException)
        {
            // The client has gone: nobody waits for the answer.
            return;
        }
        catch (KeelsonException e)
        {
            connection.Fail(call.StreamId, e.Kind.ToStatusCode(), e.FullMessage);
        }
        catch (Exception e)
        {
            context.Log.Error($"fault in {method}: {e}");
            connection.Fail(call.StreamId, StatusCode.Internal, $"{method}: {e.Message}");
        }
        if (isEnding) context.Track(EndAsync());
    }

    /// <summary>The <c>delete</c> command has removed a container or sandbox that this shim still has.</summary>
    private async Task<byte[]> ForgetAsync(ReadOnlyMemory<byte> payload)
    {
        string id = Api.ProcessRequest.Parse(payload.Span).Id;
        Release(id);
        if (containers.TryGetValue(id, out ShimContainer? container))
        {
            if (container.Init.Pid != 0) await container.Init.Exited;
            await container.DeleteAsync("");
            containers.Remove(id);
        }
        if (sandboxes.TryGetValue(id, out ShimSandbox? sandbox))
        {
            await sandbox.Exited;
            await sandbox.DeleteAsync();
            sandboxes.Remove(id);
        }
        isEnding |= IsIdle && connections.Count <= 1;
        return [];
    }

    private Task<byte[]> ServeReserve(ReadOnlyMemory<byte> payload)
    {
        string id = Api.ProcessRequest.Parse(payload.Span).Id;
        if (isEnding) throw new KeelsonException(ErrorKind.Unavailable, "reserve: the shim ends");
        Reserve(id);
        return Task.FromResult<byte[]>([]);
    }

    private void Reserve(string id)
    {
        if (reserved.Remove(id, out LoopTimer? before)) before.Dispose();
        // A daemon that dies before it creates the container must not keep the shim forever.
        reserved[id] = loop.After(ReservationLimit, () =>
        {
            reserved.Remove(id);
            if (IsIdle && connections.Count == 0) context.Track(EndAsync());
        });
    }

    private void Release(string id)
    {
        if (reserved.Remove(id, out LoopTimer? timer)) timer.Dispose();
    }

    private bool IsIdle => containers.Count == 0 && sandboxes.Count == 0 && reserved.Count == 0 && creating.Count == 0;

    /// <summary>Ends the shim. The name of the socket goes first: who connected before is turned away and makes a new shim.</summary>
    private async Task EndAsync()
    {
        if (hasEnded) return;
        isEnding = hasEnded = true;
        Files.TryUnlink(socketPath);
        // The last events are still on their way; a daemon that is away does not keep the shim forever.
        for (TimeSpan waited = TimeSpan.Zero; events.Waiting > 0 && waited < EventLimit; waited += EventPause) await loop.DelayAsync(EventPause);
        loop.Stop();
    }
}
