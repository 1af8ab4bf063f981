using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Start;

/// <summary>A process that does nothing until it is disposed: systemd makes no scope without a process in it.</summary>
internal sealed class PlaceHolder : IDisposable
{
    private readonly FdHandle pidFd;

    /// <summary>Starts the process.</summary>
    public PlaceHolder()
    {
        using ChildChannel channel = new();
        using SyscallPlan plan = new();
        plan.Call("die with", "the runtime", Syscall.prctl, 1, Signals.SIGKILL, 0, 0, 0);
        plan.Call("wait", "for the end", Syscall.pause);
        Pid = Cloner.Start(plan, channel.ChildEnd, CloneFlags.None, null, out pidFd);
    }

    /// <summary>Its process ID.</summary>
    public int Pid { get; }

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        Processes.TrySignal(pidFd.Fd, Signals.SIGKILL);
        Processes.TryWait(Pid, out _, out _);
        pidFd.Dispose();
    }
}
