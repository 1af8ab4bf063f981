using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Loop;
using Keelson.Ttrpc;

namespace Keelson.Shim.Events;

/// <summary>Brings events to the daemon, one after another in their order, and keeps them while it is away.</summary>
/// <remarks>
/// An event leaves the queue when the daemon has acknowledged it. A connection that breaks before that is made anew and the event sent again, so the
/// daemon may see it twice and does not miss it. When it is away for so long that <see cref="MaximumQueued"/> events wait, the oldest are dropped.
/// </remarks>
internal sealed class EventPublisher : IDisposable
{
    /// <summary>Most events that wait; each takes about 200 bytes.</summary>
    public const int MaximumQueued = 8192;

    private const string Service = "containerd.services.events.ttrpc.v1.Events";
    private const int ReceiveBytes = 4096;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(2), AnswerLimit = TimeSpan.FromSeconds(5);
    private readonly EventLoop loop;
    private readonly ShimLog log;
    private readonly string address, containerNamespace;
    private readonly LinkedList<byte[]> queue = new();
    private FdHandle? connection;
    private ClientSession? session;
    private Watch? watch;
    private LoopTimer? timer;
    private TimeSpan pause = FirstPause;
    private uint inFlight;
    private long dropped;

    /// <summary>Makes a publisher; it connects with the first event.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="log">Takes complaints.</param>
    /// <param name="address">The daemon's ttrpc socket; empty: events go nowhere.</param>
    /// <param name="containerNamespace">Namespace of the containers.</param>
    public EventPublisher(EventLoop loop, ShimLog log, string address, string containerNamespace)
    {
        this.loop = loop;
        this.log = log;
        this.address = address.StartsWith("unix://", StringComparison.Ordinal) ? address[7..] : address;
        this.containerNamespace = containerNamespace;
    }

    /// <summary>Events that are not acknowledged.</summary>
    public int Waiting => queue.Count;

    /// <summary>Queues an event. Never waits.</summary>
    public void Publish(TaskEvent happened)
    {
        if (address.Length == 0) return;
        if (queue.Count >= MaximumQueued)
        {
            // The first one may be on its way.
            queue.Remove(queue.First!.Next!);
            if (dropped++ == 0) log.Warning($"send events to {address}: more than {MaximumQueued} wait, the oldest are dropped");
        }
        queue.AddLast(happened.ToForwardRequest(containerNamespace, loop.Now));
        if (connection is not null) SendNext();
        else if (timer is null) Connect();
    }

    public void Dispose()
    {
        timer?.Dispose();
        Disconnect();
    }

    private void Connect()
    {
        timer = null;
        if (queue.Count == 0) return;
        Errno errno = Sockets.TryConnect(address, out connection, nonBlocking: true);
        if (errno != Errno.None)
        {
            TryLater();
            return;
        }
        session = new ClientSession();
        watch = loop.Watch(connection!.Fd, EpollEvents.EPOLLIN, Ready);
        SendNext();
    }

    private void SendNext()
    {
        if (inFlight != 0 || queue.Count == 0 || session is null) return;
        inFlight = session.Start(new TtrpcRequest(Service, "Forward", queue.First!.Value)
        {
            Timeout = AnswerLimit,
            Metadata = [new("containerd-namespace-ttrpc", containerNamespace)],
        });
        timer = loop.After(AnswerLimit, Broken);
        Flush();
    }

    private void Ready(EpollEvents what)
    {
        if ((what & EpollEvents.EPOLLOUT) != 0) Flush();
        if ((what & ~EpollEvents.EPOLLOUT) != 0 && session is not null) Receive();
    }

    private void Flush()
    {
        while (session is not null && !session.Unsent.IsEmpty)
        {
            Errno errno = Files.TryWriteSome(connection!.Fd, session.Unsent.Span, out int count);
            if (errno == Errno.EAGAIN)
            {
                watch!.Change(EpollEvents.EPOLLIN | EpollEvents.EPOLLOUT);
                return;
            }
            if (errno != Errno.None)
            {
                Broken();
                return;
            }
            session.Sent(count);
        }
        watch?.Change(EpollEvents.EPOLLIN);
    }

    private void Receive()
    {
        Span<byte> buffer = stackalloc byte[ReceiveBytes];
        Errno errno = Files.TryRead(connection!.Fd, buffer, out int count);
        if (errno == Errno.EAGAIN) return;
        if (errno != Errno.None || count == 0)
        {
            Broken();
            return;
        }
        session!.Receive(buffer[..count]);
        try
        {
            while (session.TryTake(out uint stream, out TtrpcResponse? response))
                if (stream == inFlight)
                    Answered(response!);
        }
        catch (KeelsonException e)
        {
            log.Error($"send event to {address}: {e.Message}");
            Broken();
            return;
        }
        SendNext();
    }

    private void Answered(TtrpcResponse response)
    {
        // Trying again does not help an event that the daemon refuses, unless it says that it cannot just now.
        if (response.Code is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted)
        {
            Broken();
            return;
        }
        if (response.Code != StatusCode.Ok) log.Error($"send event to {address}: {response.Code}: {response.Message}");
        timer?.Dispose();
        timer = null;
        inFlight = 0;
        pause = FirstPause;
        queue.RemoveFirst();
    }

    private void Broken()
    {
        Disconnect();
        if (queue.Count > 0) TryLater();
    }

    private void TryLater()
    {
        timer?.Dispose();
        timer = loop.After(pause, Connect);
        pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
    }

    private void Disconnect()
    {
        timer?.Dispose();
        timer = null;
        watch?.Dispose();
        connection?.Dispose();
        (watch, connection, session, inFlight) = (null, null, null, 0);
    }
}
