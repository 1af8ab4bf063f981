using System.Collections;
using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Criu;

/// <summary>A running <c>criu swrk</c> and the conversation with it. criu.org "RPC".</summary>
internal sealed class CriuSession : IDisposable
{
    /// <summary>criu's own bound of a message.</summary>
    private const int MaximumMessageBytes = 64 << 10;
    private const int F_SETFD = 2;

    private readonly FdHandle connection, pidFd;
    private bool isReaped;

    private CriuSession(FdHandle connection, int pid, FdHandle pidFd) => (this.connection, Pid, this.pidFd) = (connection, pid, pidFd);

    /// <summary>Process ID of criu.</summary>
    public int Pid { get; }

    /// <summary>The path of criu.</summary>
    /// <param name="operation">What it is needed for, with its object.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: it is not installed.</exception>
    public static string Find(string operation) =>
        HelperProgram.Find("criu") ?? throw new KeelsonException(ErrorKind.FailedPrecondition, operation + ": criu is not installed");

    /// <summary>Starts criu with the standard streams of this process.</summary>
    /// <param name="path">Its program.</param>
    /// <param name="inherited">Descriptors that it gets under the same numbers.</param>
    /// <param name="root">
    /// A directory that has to be a mount point, as a restore wants it; it is made one in a mount namespace of criu's own, where nothing of it is left
    /// behind. <see langword="null"/>: criu stays in this process's namespace.
    /// </param>
    public static CriuSession Start(string path, ReadOnlySpan<int> inherited, string? root)
    {
        Sockets.TryPair(out FdHandle? ours, out FdHandle? theirs).ThrowIfError("socketpair", "criu");
        using (theirs)
        using (ChildChannel channel = new())
        using (SyscallPlan plan = new())
        {
            try
            {
                Compile(plan, channel, path, theirs!.Fd, inherited, root);
                int pid = Cloner.Start(plan, channel.ChildEnd, CloneFlags.None, null, out FdHandle pidFd);
                CriuSession session = new(ours!, pid, pidFd);
                channel.CloseChildEnd();
                try
                {
                    channel.Next(plan, out _);
                    return session;
                }
                catch
                {
                    session.Dispose();
                    throw;
                }
            }
            catch
            {
                ours!.Dispose();
                throw;
            }
        }
    }

    /// <summary>A directory as criu's own mount namespace has it: where criu is at home it makes mounts, and that is refused in another namespace's mounts.</summary>
    /// <exception cref="LinuxException">It is not there.</exception>
    public FdHandle Reopen(FdHandle directory)
    {
        // The path without links: an absolute one would lead back to this process's root.
        Files.TryReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory.Fd}"), out string path).ThrowIfError("find path of", "directory for criu");
        return Files.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid}/root{path}"), OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
    }

    /// <summary>Sends a request, answers notices and waits for the result.</summary>
    /// <param name="request">The request.</param>
    /// <param name="onNotice">Takes notices, with the descriptor that came along; what it throws ends the request.</param>
    /// <exception cref="KeelsonException">criu ended without an answer.</exception>
    public CriuResponse Ask(CriuRequest request, Action<CriuResponse, FdHandle?> onNotice)
    {
        Sockets.TrySend(connection.Fd, request.ToBytes(), []).ThrowIfError("send to", "criu");
        byte[] message = new byte[MaximumMessageBytes];
        Exception? failure = null;
        while (true)
        {
            Sockets.TryReceive(connection.Fd, message, out int length, out FdHandle[] descriptors).ThrowIfError("receive from", "criu");
            try
            {
                if (length == 0) throw failure ?? new KeelsonException(ErrorKind.Unavailable, "receive from criu: it ended without an answer");
                CriuResponse response = CriuResponse.Parse(message.AsSpan(0, length));
                if (response.Kind != CriuRequestKind.Notify) return failure is null ? response : throw failure;
                try
                {
                    onNotice(response, descriptors.Length > 0 ? descriptors[0] : null);
                }
                catch (KeelsonException e)
                {
                    // criu takes back what it has done before it answers.
                    failure = e;
                }
                Sockets.TrySend(connection.Fd, CriuRequest.Acknowledge(failure is null), []).ThrowIfError("send to", "criu");
            }
            finally
            {
                foreach (FdHandle descriptor in descriptors) descriptor.Dispose();
            }
        }
    }

    /// <summary>Lets criu end, and waits for that. After a pre-dump it would wait for another request.</summary>
    public void Dispose()
    {
        connection.Dispose();
        if (!isReaped)
        {
            isReaped = true;
            Processes.TryWait(Pid, out _, out _);
        }
        pidFd.Dispose();
    }

    private static void Compile(SyscallPlan plan, ChildChannel channel, string path, int socket, ReadOnlySpan<int> inherited, string? root)
    {
        plan.Call("close", null, Syscall.close, channel.ParentFd);
        if (root is not null)
        {
            const long MS_BIND = 4096, MS_REC = 16384;
            plan.Call("unshare", "mount namespace", Syscall.unshare, (long)CloneFlags.CLONE_NEWNS);
            plan.Call("set propagation of", "/", Syscall.mount, 0, plan.Text("/"), 0, (long)MountPropagation.MS_SLAVE | MS_REC, 0);
            plan.Call("bind", root, Syscall.mount, plan.Text(root), plan.Text(root), 0, MS_BIND | MS_REC, 0);
        }
        plan.Call("close on exec", null, Syscall.close_range, 3, int.MaxValue, 4);
        plan.Call("keep", "socket", Syscall.fcntl, socket, F_SETFD, 0);
        foreach (int fd in inherited)
            if (fd > 2)
                plan.Call("keep", "descriptor", Syscall.fcntl, fd, F_SETFD, 0);
        nint zero = plan.Allocate(32);
        plan.Call("reset", "SIGPIPE", Syscall.rt_sigaction, Signals.SIGPIPE, zero, 0, 8);
        plan.Call("unblock signals", null, Syscall.rt_sigprocmask, 2, zero, 0, 8);
        string[] arguments = ["criu", "swrk", socket.ToString(CultureInfo.InvariantCulture)];
        List<string> environment = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) environment.Add(variable.Key + "=" + variable.Value);
        plan.Call("exec", path, Syscall.execve, plan.Text(path), plan.Vector(arguments), plan.Vector([.. environment]));
    }
}
