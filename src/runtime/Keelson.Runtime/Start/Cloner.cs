using System.Runtime.CompilerServices;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Start;

/// <summary>Clones this process into a child that plays a plan. clone3(2), without shared memory.</summary>
internal static unsafe class Cloner
{
    /// <summary>Field numbers of <c>struct clone_args</c>, eight bytes each.</summary>
    private const int Flags = 0, PidFd = 1, ExitSignal = 4, Cgroup = 10, FieldCount = 11;
    private static bool prepared;

    /// <summary>Plays a plan in this process, for what has to be done before the clone.</summary>
    /// <exception cref="PlanException">A step failed.</exception>
    public static void RunHere(SyscallPlan plan)
    {
        int errno = 0, count = plan.Count;
        if (count == 0) return;
        Prepare();
        int step = RuntimeFeature.IsDynamicCodeCompiled
            ? ChildInterpreter.Run<PointerCalls>(plan.Steps, count, &errno)
            : ChildInterpreter.Run<LinkedCalls>(plan.Steps, count, &errno);
        if (step >= 0) throw new PlanException(plan.Name(step), (Errno)errno);
    }

    /// <summary>Starts a child that plays a plan and then ends, or becomes another program in the plan's last step.</summary>
    /// <param name="plan">What the child does.</param>
    /// <param name="channel">The child's end of a socket pair, on which it reports.</param>
    /// <param name="flags">Namespaces to make.</param>
    /// <param name="cgroup">Directory of a cgroup v2 to start in; <see langword="null"/> for this process's own.</param>
    /// <param name="pidFd">A descriptor of the child.</param>
    /// <returns>Process ID of the child.</returns>
    /// <exception cref="LinuxException">EPERM, ENOSPC (limits of namespaces), EAGAIN, ENOMEM.</exception>
    public static int Start(SyscallPlan plan, FdHandle channel, CloneFlags flags, FdHandle? cgroup, out FdHandle pidFd)
    {
        Prepare();
        int descriptor = -1;
        ulong* arguments = stackalloc ulong[FieldCount];
        new Span<ulong>(arguments, FieldCount).Clear();
        arguments[Flags] = (ulong)(flags | CloneFlags.CLONE_PIDFD | CloneFlags.CLONE_CLEAR_SIGHAND);
        arguments[PidFd] = (ulong)&descriptor;
        arguments[ExitSignal] = Signals.SIGCHLD;
        if (cgroup is not null)
        {
            arguments[Flags] |= (ulong)CloneFlags.CLONE_INTO_CGROUP;
            arguments[Cgroup] = (ulong)cgroup.Fd;
        }
        int channelFd = channel.Fd, count = plan.Count, errno = 0;
        // No handler may run in the child before it is told apart from the parent.
        ulong mask = Signals.SetMask(ulong.MaxValue);
        int pid = RuntimeFeature.IsDynamicCodeCompiled
            ? Clone<PointerCalls>(arguments, plan.Steps, count, channelFd, &errno)
            : Clone<LinkedCalls>(arguments, plan.Steps, count, channelFd, &errno);
        Signals.SetMask(mask);
        if (pid < 0) throw new LinuxException("clone", "container process", (Errno)errno);
        pidFd = new FdHandle(descriptor);
        return pid;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Clone<TCalls>(ulong* arguments, Step* steps, int count, int channel, int* errno) where TCalls : struct, IRawCalls
    {
        nint pid = TCalls.Syscall((nint)Syscall.clone3, (nint)arguments, FieldCount * sizeof(ulong), 0, 0, 0, 0);
        if (pid == 0) ChildInterpreter.RunChild<TCalls>(steps, count, channel);
        if (pid < 0) *errno = TCalls.LastError();
        return (int)pid;
    }

    private static void Prepare()
    {
        if (prepared || !RuntimeFeature.IsDynamicCodeCompiled) return;
        PointerCalls.Prepare();
        ChildInterpreter.RunChild<PointerCalls>(null, 0, -1);
        prepared = true;
    }
}
