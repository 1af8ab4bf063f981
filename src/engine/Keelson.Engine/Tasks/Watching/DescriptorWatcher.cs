using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tasks.Watching;

/// <summary>Waits for descriptors that are no sockets: logs of shims, ends of processes. One thread for all, which is there from the first of them on. epoll(7).</summary>
internal sealed class DescriptorWatcher : IDisposable
{
    private const int StackBytes = 128 << 10, AnswersAtOnce = 32;
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, Watched> watched = [];
    private FdHandle? epoll, wake;
    private Thread? thread;
    private ulong last;
    private volatile bool isEnding;

    /// <summary>Calls back, on the watcher's thread, as long as there is something to read or the other end is gone.</summary>
    /// <param name="fd">The descriptor; it must stay open until the result is disposed.</param>
    /// <param name="ready">Reads what is there, without waiting.</param>
    /// <param name="once">The first call ends the watch.</param>
    /// <returns>Ends the watch; no call begins after that.</returns>
    public IDisposable Watch(FdHandle fd, Action ready, bool once = false)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isEnding, this);
            if (thread is null) Begin();
            ulong key = ++last;
            watched.Add(key, new(fd, ready, once));
            Errno errno = Epoll.TryAdd(epoll!.Fd, fd.Fd, EpollEvents.EPOLLIN, key);
            if (errno != Errno.None) watched.Remove(key);
            errno.ThrowIfError("watch", "descriptor");
            return new Ending(this, key);
        }
    }

    /// <summary>Waits for the end of a child process, and reaps it.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="limit">How long it may run; it is killed then.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Kills it early.</param>
    /// <returns>How it ended, and whether it ran to its end by itself.</returns>
    public async Task<(WaitStatus Status, bool InTime)> WaitForChildAsync(int pid, TimeSpan limit, TimeProvider time, CancellationToken cancel)
    {
        Processes.TryOpenPid(pid, out FdHandle? handle).ThrowIfError("open process", "child");
        using (handle)
        {
            TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
            bool inTime = true;
            using (Watch(handle!, () => ended.TrySetResult(), once: true))
            {
                try
                {
                    await ended.Task.WaitAsync(limit, time, cancel).ConfigureAwait(false);
                }
                catch (Exception e) when (e is TimeoutException or OperationCanceledException)
                {
                    inTime = false;
                    _ = Processes.TrySignal(handle!.Fd, Signals.SIGKILL);
                    await ended.Task.ConfigureAwait(false);
                }
            }
            Processes.TryWait(pid, out WaitStatus status, out _).ThrowIfError("wait for", "child");
            return (status, inTime);
        }
    }

    /// <summary>Ends all watches and the thread.</summary>
    public void Dispose()
    {
        Thread? running;
        lock (gate)
        {
            if (isEnding) return;
            isEnding = true;
            running = thread;
            if (wake is not null) Files.TryWrite(wake.Fd, BitConverter.GetBytes(1UL)).ThrowIfError("write", "eventfd");
        }
        running?.Join();
        epoll?.Dispose();
        wake?.Dispose();
    }

    private void Begin()
    {
        Epoll.TryOpen(out epoll).ThrowIfError("epoll_create1");
        Notices.TryOpenCounter(out wake).ThrowIfError("eventfd");
        Epoll.TryAdd(epoll!.Fd, wake!.Fd, EpollEvents.EPOLLIN, 0).ThrowIfError("watch", "eventfd");
        thread = new(Run, StackBytes) { IsBackground = true, Name = "descriptors" };
        thread.Start();
    }

    private void Run()
    {
        Span<EpollEvent> answers = stackalloc EpollEvent[AnswersAtOnce];
        while (!isEnding)
        {
            Epoll.TryWait(epoll!.Fd, answers, -1, out int count).ThrowIfError("epoll_wait");
            foreach (EpollEvent answer in answers[..count])
            {
                // Under the lock, so that who ended a watch may close its descriptor at once.
                lock (gate)
                {
                    if (!watched.TryGetValue(answer.Data, out Watched? found)) continue;
                    if (found.Once) End(answer.Data);
                    found.Ready();
                }
            }
        }
    }

    private void End(ulong key)
    {
        lock (gate)
            if (watched.Remove(key, out Watched? found))
                _ = Epoll.TryRemove(epoll!.Fd, found.Descriptor.Fd);
    }

    private sealed record Watched(FdHandle Descriptor, Action Ready, bool Once);

    private sealed class Ending(DescriptorWatcher watcher, ulong key) : IDisposable
    {
        public void Dispose() => watcher.End(key);
    }
}
