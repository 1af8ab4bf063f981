using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Compile;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Start;

/// <summary>How a helper program ended and what it said.</summary>
/// <param name="Status">Its end.</param>
/// <param name="TimedOut">It was killed because its time was over.</param>
/// <param name="Output">The beginning of its standard output and error, UTF-8.</param>
internal readonly record struct HelperResult(WaitStatus Status, bool TimedOut, ReadOnlyMemory<byte> Output)
{
    /// <summary>The end in words, with what it said.</summary>
    public string Describe()
    {
        string end = TimedOut ? "its time is over" : Status.Signal != 0 ? "killed by " + Signals.Name(Status.Signal) : "exit status " + Status.ExitCode;
        string said = Encoding.UTF8.GetString(Output.Span).Trim();
        return said.Length == 0 ? end : end + ": " + said;
    }
}

/// <summary>Runs another program to its end: hooks, newuidmap(1), criu(8).</summary>
internal static class HelperProgram
{
    private const int MaximumOutputBytes = 64 << 10;

    /// <summary>The namespaces of a container that a program is to run in.</summary>
    /// <param name="PidFd">A descriptor of a process in them.</param>
    /// <param name="Kinds">Which to join.</param>
    public readonly record struct NamespaceTarget(FdHandle PidFd, CloneFlags Kinds);

    /// <summary>The absolute path of a program in <c>PATH</c>; <see langword="null"/> when it is not there.</summary>
    public static string? Find(string name)
    {
        string path = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        foreach (string directory in path.Split(':'))
            if (directory.StartsWith('/') && Files.TryStatus(directory + "/" + name, out FileStatus status) == Errno.None && !status.IsDirectory)
                return directory + "/" + name;
        return null;
    }

    /// <summary>Runs a program and waits for its end.</summary>
    /// <param name="path">Absolute path, in the root of the namespaces it runs in.</param>
    /// <param name="arguments">From argv[0] on.</param>
    /// <param name="environment">All of its variables.</param>
    /// <param name="input">What it reads from standard input.</param>
    /// <param name="timeout">After this time it is killed; <see langword="null"/> for no bound.</param>
    /// <param name="inNamespacesOf">A container to join first; <see langword="null"/> for the caller's own namespaces.</param>
    /// <param name="limitBytes">How much of its output is kept; 64 KiB by default.</param>
    /// <exception cref="LinuxException">It could not be started.</exception>
    public static HelperResult Run(string path, string[] arguments, string[] environment, ReadOnlyMemory<byte> input, TimeSpan? timeout, NamespaceTarget? inNamespacesOf,
        int limitBytes = MaximumOutputBytes)
    {
        Files.TryMemoryFile("stdin", out FdHandle? stdin).ThrowIfError("memfd_create", "stdin of " + path);
        Files.TryMemoryFile("output", out FdHandle? output).ThrowIfError("memfd_create", "output of " + path);
        using (stdin)
        using (output)
        using (ChildChannel channel = new())
        using (SyscallPlan plan = new())
        {
            Files.TryWrite(stdin!.Fd, input.Span).ThrowIfError("write", "stdin of " + path);
            Compile(plan, channel, path, arguments, environment, stdin, output!, inNamespacesOf);
            int pid = Cloner.Start(plan, channel.ChildEnd, CloneFlags.None, null, out FdHandle pidFd);
            channel.CloseChildEnd();
            try
            {
                while (channel.Next(plan, out long value) is { } point)
                {
                    if (point != StartPoint.ProcessId) continue;
                    Processes.TryWait(pid, out _, out _).ThrowIfError("wait", path);
                    pid = (int)value;
                    pidFd.Dispose();
                    Processes.TryOpenPid(pid, out FdHandle? second).ThrowIfError("pidfd_open", path);
                    pidFd = second!;
                    channel.Continue();
                }
            }
            catch
            {
                // Both have to be reaped: a PID namespace does not end before all its dead are gone.
                int late = channel.ReadToEnd();
                foreach (int child in (ReadOnlySpan<int>)[pid, late])
                {
                    if (child == 0) continue;
                    Processes.TryKill(child, Signals.SIGKILL);
                    Processes.TryWait(child, out _, out _);
                }
                pidFd.Dispose();
                throw;
            }
            using (pidFd) return Wait(pid, pidFd, path, timeout, output!, limitBytes);
        }
    }

    private static void Compile(SyscallPlan plan, ChildChannel channel, string path, string[] arguments, string[] environment, FdHandle stdin, FdHandle output, NamespaceTarget? target)
    {
        plan.Call("close", null, Syscall.close, channel.ParentFd);
        ParentSteps.DieWithRuntime(plan, channel.ChildEnd.Fd);
        if (target is { } container)
        {
            // A PID namespace may be shared with a container that is hostile.
            plan.Call("set not dumpable", null, Syscall.prctl, 4, 0, 0, 0, 0);
            if (Processes.EffectiveUserId == 0) ForgetBinarySteps.Add(plan);
            plan.Call("join", "namespaces of the container", Syscall.setns, container.PidFd.Fd, (long)container.Kinds);
            if ((container.Kinds & CloneFlags.CLONE_NEWUSER) != 0)
            {
                NamespaceSteps.BecomeRoot(plan);
                if (Processes.EffectiveUserId != 0) ForgetBinarySteps.Add(plan);
            }
            if ((container.Kinds & CloneFlags.CLONE_NEWPID) != 0)
            {
                NamespaceSteps.CloneAgain(plan, channel.ChildEnd.Fd, CloneFlags.None);
                ParentSteps.DieWithRuntime(plan, channel.ChildEnd.Fd);
            }
        }
        plan.Call("lseek", "stdin", Syscall.lseek, stdin.Fd, 0, 0);
        plan.Call("dup3", "stdin", Syscall.dup3, stdin.Fd, 0, 0);
        plan.Call("dup3", "stdout", Syscall.dup3, output.Fd, 1, 0);
        plan.Call("dup3", "stderr", Syscall.dup3, output.Fd, 2, 0);
        plan.Call("close on exec", null, Syscall.close_range, 3, int.MaxValue, 4);
        nint zero = plan.Allocate(32);
        plan.Call("reset", "SIGPIPE", Syscall.rt_sigaction, Signals.SIGPIPE, zero, 0, 8);
        plan.Call("unblock signals", null, Syscall.rt_sigprocmask, 2, zero, 0, 8);
        plan.Call("exec", path, Syscall.execve, plan.Text(path), plan.Vector(arguments), plan.Vector(environment));
    }

    private static HelperResult Wait(int pid, FdHandle pidFd, string path, TimeSpan? timeout, FdHandle output, int limitBytes)
    {
        Span<PollEntry> entries = [new PollEntry { Fd = pidFd.Fd, Events = PollEvents.POLLIN }];
        int milliseconds = timeout is { } limit ? (int)Math.Min(limit.TotalMilliseconds, int.MaxValue) : -1;
        Errno errno;
        int ready;
        do errno = Files.TryPoll(entries, milliseconds, out ready);
        while (errno == Errno.EINTR);
        errno.ThrowIfError("poll", path);
        bool timedOut = ready == 0;
        if (timedOut) Processes.TrySignal(pidFd.Fd, Signals.SIGKILL);
        Processes.TryWait(pid, out WaitStatus status, out _).ThrowIfError("wait", path);
        return new HelperResult(status, timedOut, ReadBeginning(output, limitBytes, path));
    }

    private static ReadOnlyMemory<byte> ReadBeginning(FdHandle output, int limitBytes, string path)
    {
        Files.TryStatus(output.Fd, out FileStatus status).ThrowIfError("stat", "output of " + path);
        byte[] text = new byte[Math.Min(status.Size, limitBytes)];
        int length = 0, count = -1;
        while (length < text.Length && count != 0)
        {
            Files.TryReadAt(output.Fd, length, text.AsSpan(length), out count).ThrowIfError("read", "output of " + path);
            length += count;
        }
        return text.AsMemory(0, length);
    }
}
