using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Keelson.Bench;

/// <summary>How a process, or a group of them, ended.</summary>
/// <param name="WallMilliseconds">From before the spawn until the last of them was reaped.</param>
/// <param name="CpuMilliseconds">User and system time of the processes and of the children they waited for.</param>
/// <param name="Failures">How many did not leave with 0.</param>
internal readonly record struct Ending(double WallMilliseconds, double CpuMilliseconds, int Failures);

/// <summary>
/// Starts processes with posix_spawn, which glibc implements with CLONE_VFORK and CLONE_VM, so that the cost does not depend on this program's size.
/// This process adopts all orphans, so that the time of every descendant is accounted for.
/// </summary>
internal sealed unsafe class Spawner
{
    private const int TimeoutMilliseconds = 60_000;
    private readonly void* actions = NativeMemory.AllocZeroed(Native.OpaqueBytes), attributes = NativeMemory.AllocZeroed(Native.OpaqueBytes);
    private readonly byte** environment = Command.Vector(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]);
    private readonly string log;

    /// <param name="log">File that gets what the processes print.</param>
    public Spawner(string log)
    {
        this.log = log;
        Native.Check(Native.prctl(Native.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl PR_SET_CHILD_SUBREAPER");
        _ = Native.posix_spawn_file_actions_init(actions);
        _ = Native.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", Native.O_RDONLY, 0);
        _ = Native.posix_spawn_file_actions_addopen(actions, 1, log, Native.O_WRONLY | Native.O_CREAT | Native.O_APPEND, 0x1a4);
        _ = Native.posix_spawn_file_actions_adddup2(actions, 1, 2);
        // .NET ignores SIGPIPE, and what is ignored stays so across execve.
        void* signals = NativeMemory.AllocZeroed(Native.OpaqueBytes);
        _ = Native.sigemptyset(signals);
        _ = Native.sigaddset(signals, Native.SIGPIPE);
        _ = Native.posix_spawnattr_init(attributes);
        _ = Native.posix_spawnattr_setsigdefault(attributes, signals);
        _ = Native.posix_spawnattr_setflags(attributes, Native.POSIX_SPAWN_SETSIGDEF);
    }

    /// <summary>Whether no process shall be started any more.</summary>
    public static volatile bool IsCancelled;

    /// <summary>Runs one process to its end.</summary>
    public Ending Run(Command command)
    {
        long start = Stopwatch.GetTimestamp();
        int pid = Start(command);
        bool ok = Wait(pid, out double cpu);
        return new(Stopwatch.GetElapsedTime(start).TotalMilliseconds, cpu, ok ? 0 : 1);
    }

    /// <summary>Starts all processes and waits for all.</summary>
    public Ending RunAtOnce(IReadOnlyList<Command> commands)
    {
        int[] pids = new int[commands.Count];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < pids.Length; i++) pids[i] = Start(commands[i]);
        double total = 0;
        int failures = 0;
        foreach (int pid in pids)
        {
            if (!Wait(pid, out double cpu)) failures++;
            total += cpu;
        }
        return new(Stopwatch.GetElapsedTime(start).TotalMilliseconds, total, failures);
    }

    /// <summary>Waits for an adopted orphan.</summary>
    public static Ending WaitFor(int pid)
    {
        long start = Stopwatch.GetTimestamp();
        Wait(pid, out double cpu);
        return new(Stopwatch.GetElapsedTime(start).TotalMilliseconds, cpu, 0);
    }

    /// <summary>Reaps the orphans that have ended.</summary>
    /// <returns>Their CPU time in milliseconds.</returns>
    public static double Reap()
    {
        double cpu = 0;
        while (Native.wait4(-1, out _, Native.WNOHANG, out Usage usage) > 0) cpu += Milliseconds(usage);
        return cpu;
    }

    /// <summary>Waits until no child is left. Only for processes that were killed.</summary>
    public static void ReapAll()
    {
        while (Native.wait4(-1, out _, 0, out _) > 0 || Marshal.GetLastPInvokeError() == Native.EINTR) { }
    }

    /// <summary>What the processes printed since the last call.</summary>
    public string TakeOutput()
    {
        string text = File.Exists(log) ? File.ReadAllText(log) : "";
        File.WriteAllText(log, "");
        return text.Trim();
    }

    /// <summary>Starts a process that goes on.</summary>
    /// <returns>Its process ID.</returns>
    public int Start(Command command)
    {
        if (IsCancelled) throw new OperationCanceledException("interrupted");
        int error = Native.posix_spawn(out int pid, command.Program, actions, attributes, command.Arguments, environment);
        return error == 0 ? pid : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"posix_spawn {command.Text}: errno {error}"));
    }

    private static bool Wait(int pid, out double cpuMilliseconds)
    {
        int pidFd = (int)Native.syscall(Native.SYS_pidfd_open, pid, 0);
        Native.Check(pidFd, "pidfd_open");
        PollEntry entry = new() { Fd = pidFd, Events = Native.POLLIN };
        int ready;
        do ready = Native.poll(&entry, 1, TimeoutMilliseconds);
        while (ready < 0 && Marshal.GetLastPInvokeError() == Native.EINTR);
        _ = Native.close(pidFd);
        if (ready == 0) _ = Native.kill(pid, Native.SIGKILL);
        int status;
        Usage usage;
        while (Native.wait4(pid, out status, 0, out usage) < 0)
            if (Marshal.GetLastPInvokeError() != Native.EINTR) throw new InvalidOperationException($"wait4: {Marshal.GetLastPInvokeErrorMessage()}");
        cpuMilliseconds = Milliseconds(usage);
        return status == 0 && ready != 0;
    }

    private static double Milliseconds(Usage usage) =>
        (usage.UserSeconds + usage.SystemSeconds) * 1e3 + (usage.UserMicroseconds + usage.SystemMicroseconds) / 1e3;
}
