using System.Diagnostics;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Shim.Loop;

/// <summary>The shim's one thread: waits for descriptors and times, and runs everything between two awaits.</summary>
/// <remarks>
/// Nothing else touches the shim's state, so nothing is locked. The thread pool is never started: what follows an await is queued here by
/// <see cref="LoopContext"/>. For that, no task of the shim may ask for RunContinuationsAsynchronously: combinators such as WhenAll would then be
/// continued by the pool.
/// </remarks>
internal sealed class EventLoop : IDisposable
{
    private const int AnswersAtOnce = 64;
    private readonly FdHandle epoll;
    private readonly TimeProvider time;
    private readonly Dictionary<ulong, Watch> watches = [];
    private readonly Queue<(SendOrPostCallback Call, object? State)> posted = new();
    private readonly PriorityQueue<LoopTimer, long> timers = new();
    private readonly EpollEvent[] answers = new EpollEvent[AnswersAtOnce];
    private readonly int thread = Environment.CurrentManagedThreadId;
    private ulong lastNumber;
    private bool isStopped;

    /// <summary>Makes a loop for the calling thread.</summary>
    public EventLoop(TimeProvider time)
    {
        this.time = time;
        Epoll.TryOpen(out FdHandle? handle).ThrowIfError("epoll_create");
        epoll = handle!;
        SynchronizationContext.SetSynchronizationContext(new LoopContext(this));
    }

    /// <summary>The present time.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Waits for a descriptor, again and again.</summary>
    /// <exception cref="LinuxException">EPERM: a plain file, which is always ready.</exception>
    public Watch Watch(int fd, EpollEvents events, Action<EpollEvents> ready)
    {
        Watch watch = new(this, ++lastNumber, fd, events, ready);
        Epoll.TryAdd(epoll.Fd, fd, events, watch.Number).ThrowIfError("epoll_ctl");
        watches.Add(watch.Number, watch);
        return watch;
    }

    /// <summary>Does something once, later.</summary>
    public LoopTimer After(TimeSpan delay, Action action)
    {
        LoopTimer timer = new(action);
        timers.Enqueue(timer, time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency));
        return timer;
    }

    /// <summary>Completes after a time.</summary>
    public Task DelayAsync(TimeSpan delay)
    {
        TaskCompletionSource source = new();
        After(delay, source.SetResult);
        return source.Task;
    }

    /// <summary>Queues a call. From the loop's thread alone.</summary>
    public void Post(SendOrPostCallback call, object? state)
    {
        Debug.Assert(Environment.CurrentManagedThreadId == thread, "the shim has one thread");
        posted.Enqueue((call, state));
    }

    /// <summary>Lets <see cref="Run"/> return.</summary>
    public void Stop() => isStopped = true;

    /// <summary>Serves until <see cref="Stop"/>.</summary>
    public void Run()
    {
        while (true)
        {
            while (!isStopped && posted.TryDequeue(out (SendOrPostCallback Call, object? State) next)) next.Call(next.State);
            if (isStopped) return;
            Epoll.TryWait(epoll.Fd, answers, Timeout(), out int count).ThrowIfError("epoll_wait");
            for (int i = 0; i < count; i++)
                if (watches.TryGetValue(answers[i].Data, out Watch? watch))
                    watch.Ready(answers[i].Events);
            long now = time.GetTimestamp();
            while (timers.TryPeek(out LoopTimer? timer, out long due) && (due <= now || timer.IsCancelled))
            {
                timers.Dequeue();
                timer.Fire();
            }
        }
    }

    public void Change(Watch watch) => Epoll.TryModify(epoll.Fd, watch.Fd, watch.Events, watch.Number).ThrowIfError("epoll_ctl");

    public void Remove(Watch watch)
    {
        watches.Remove(watch.Number);
        Epoll.TryRemove(epoll.Fd, watch.Fd);
    }

    public void Dispose() => epoll.Dispose();

    // Rounded up: a timer that is looked at too early would make the loop spin.
    private int Timeout()
    {
        while (timers.TryPeek(out LoopTimer? timer, out long due))
        {
            if (timer.IsCancelled)
            {
                timers.Dequeue();
                continue;
            }
            double milliseconds = (due - time.GetTimestamp()) * 1000.0 / time.TimestampFrequency;
            return milliseconds <= 0 ? 0 : (int)Math.Min(Math.Ceiling(milliseconds), int.MaxValue);
        }
        return -1;
    }
}
