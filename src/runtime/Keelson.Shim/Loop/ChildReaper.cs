using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Shim.Loop;

/// <summary>How a child ended.</summary>
/// <param name="Status">What wait4(2) says.</param>
/// <param name="At">When this was noticed.</param>
internal readonly record struct ChildExit(WaitStatus Status, DateTimeOffset At);

/// <summary>Reaps every child of the shim: the runtime's commands, the processes of containers, loggers, and orphans that nobody asked for.</summary>
/// <remarks>
/// A process may end before anybody knows its ID: the runtime writes it into a file that is read when the runtime has ended. So while a command runs
/// (<see cref="Hold"/>), ends that nobody waits for are kept.
/// </remarks>
internal sealed class ChildReaper : IDisposable
{
    private readonly EventLoop loop;
    private readonly FdHandle signals;
    private readonly Watch watch;
    private readonly Dictionary<int, TaskCompletionSource<ChildExit>> awaited = [];
    private readonly Dictionary<int, ChildExit> early = [];
    private int holds;

    public ChildReaper(EventLoop loop)
    {
        this.loop = loop;
        Signals.TryOpenSignals(1UL << (Signals.SIGCHLD - 1), out FdHandle? handle).ThrowIfError("signalfd");
        signals = handle!;
        watch = loop.Watch(signals.Fd, EpollEvents.EPOLLIN, _ => Reap());
    }

    /// <summary>Keeps the ends of unknown children until <see cref="Release"/>.</summary>
    public void Hold() => holds++;

    public void Release()
    {
        if (--holds == 0) early.Clear();
    }

    /// <summary>Completes when a child has ended and is reaped.</summary>
    public Task<ChildExit> Expect(int pid)
    {
        if (early.Remove(pid, out ChildExit exit)) return Task.FromResult(exit);
        TaskCompletionSource<ChildExit> source = new();
        awaited[pid] = source;
        return source.Task;
    }

    public void Dispose()
    {
        watch.Dispose();
        signals.Dispose();
    }

    private void Reap()
    {
        while (Signals.TryRead(signals.Fd, out int signal) == Errno.None && signal != 0) { }
        while (Processes.TryWait(-1, out WaitStatus status, out int pid, noHang: true) == Errno.None && pid != 0)
        {
            ChildExit exit = new(status, loop.Now);
            if (awaited.Remove(pid, out TaskCompletionSource<ChildExit>? source)) source.SetResult(exit);
            else if (holds > 0) early[pid] = exit;
        }
    }
}
