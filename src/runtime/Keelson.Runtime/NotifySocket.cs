using System.Buffers;
using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime;

/// <summary>Stands between a container's program and the host's service manager: passes its notices on. sd_notify(3).</summary>
/// <remarks>
/// The program has no way to the manager's own socket, and descriptors that it sends are dropped. Only variables that tell of its state are passed
/// on; which process is the main one says the runtime.
/// </remarks>
public sealed class NotifySocket : IDisposable
{
    /// <summary>Directory in the container that the socket lies in.</summary>
    internal const string DirectoryInContainer = "/run/notify";

    /// <summary>Name of the socket in its directory.</summary>
    internal const string FileName = "notify.sock";

    private const int MaximumNoticeBytes = 4096, MaximumLastNotices = 64;
    private const uint EveryoneWrites = 0b111_111_111;

    /// <summary>How long the manager may take to read a notice before the sender of it leaves.</summary>
    private static readonly TimeSpan BarrierTimeout = TimeSpan.FromSeconds(30);

    private readonly FdHandle socket;
    private readonly string host;
    private readonly Action<string> warn;

    private NotifySocket(FdHandle socket, string host, Action<string> warn) => (this.socket, this.host, this.warn) = (socket, host, warn);

    /// <summary>Readable when the program has said something.</summary>
    public int Fd => socket.Fd;

    /// <summary>Makes the container's socket; one that an earlier runtime left is replaced.</summary>
    /// <param name="directory">Where it is made, as the runtime sees it.</param>
    /// <param name="host">The manager's socket.</param>
    /// <param name="warn">Takes why a notice could not be passed on: a manager that has gone is no reason to give the container up.</param>
    internal static NotifySocket Bind(string directory, string host, Action<string> warn)
    {
        string path = directory + "/" + FileName;
        Errno errno = Files.TryUnlink(path);
        if (errno is not (Errno.None or Errno.ENOENT)) throw new LinuxException("remove", path, errno);
        Sockets.TryListen(path, out FdHandle? socket, datagram: true).ThrowIfError("make notify socket", path);
        errno = Files.TryChangeMode(path, EveryoneWrites);
        if (errno == Errno.None) return new NotifySocket(socket!, host, warn);
        socket!.Dispose();
        throw new LinuxException("chmod", path, errno);
    }

    /// <summary>Takes one notice and passes it on. Waits when there is none.</summary>
    /// <param name="mainPid">The process that the manager shall watch.</param>
    /// <returns>Whether the program has said that it is ready.</returns>
    public bool Forward(int mainPid)
    {
        Span<byte> notice = stackalloc byte[MaximumNoticeBytes];
        Files.TryRead(socket.Fd, notice, out int length).ThrowIfError("read", "notify socket");
        ArrayBufferWriter<byte> passed = new(MaximumNoticeBytes);
        bool isReady = Select(notice[..length], passed);
        if (isReady) passed.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"MAINPID={mainPid}\n")));
        if (passed.WrittenCount > 0) Send(passed.WrittenSpan, []);
        return isReady;
    }

    /// <summary>Passes on what the program has said so far: its last words, when it has ended.</summary>
    /// <param name="mainPid">The process that the manager shall watch.</param>
    public void Drain(int mainPid)
    {
        Span<PollEntry> entries = [new PollEntry { Fd = socket.Fd, Events = PollEvents.POLLIN }];
        // A process that lives on without the container's first one may never stop talking.
        for (int i = 0; i < MaximumLastNotices && Files.TryPoll(entries, 0, out int ready) == Errno.None && ready > 0; i++) Forward(mainPid);
    }

    /// <summary>Passes notices on until the program is ready or has ended, and lets the manager read them before this process leaves.</summary>
    /// <param name="pid">The container's first process, the main one for the manager.</param>
    /// <returns>Whether it is ready.</returns>
    public bool WaitForReady(int pid)
    {
        Errno errno = Processes.TryOpenPid(pid, out FdHandle? process);
        if (errno == Errno.ESRCH) return false;
        errno.ThrowIfError("pidfd_open", "container process");
        using (process)
        {
            Span<PollEntry> entries = [new PollEntry { Fd = socket.Fd, Events = PollEvents.POLLIN }, new PollEntry { Fd = process!.Fd, Events = PollEvents.POLLIN }];
            while (true)
            {
                errno = Files.TryPoll(entries, -1, out _);
                if (errno == Errno.EINTR) continue;
                errno.ThrowIfError("poll", "notify socket");
                if (entries[0].Returned == 0) return false;
                if (!Forward(pid)) continue;
                Barrier();
                return true;
            }
        }
    }

    /// <summary>Closes the socket; its file goes with the container.</summary>
    public void Dispose() => socket.Dispose();

    /// <summary>Picks the lines that may be passed on.</summary>
    /// <returns>Whether one of them says that the program is ready.</returns>
    internal static bool Select(ReadOnlySpan<byte> notice, IBufferWriter<byte> passed)
    {
        bool isReady = false;
        foreach (Range range in notice.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = notice[range];
            int equals = line.IndexOf((byte)'=');
            if (equals < 0 || !IsState(line[..equals])) continue;
            isReady |= line.SequenceEqual("READY=1"u8);
            passed.Write(line);
            passed.Write("\n"u8);
        }
        return isReady;
    }

    private static bool IsState(ReadOnlySpan<byte> variable) =>
        variable.SequenceEqual("READY"u8) || variable.SequenceEqual("STATUS"u8) || variable.SequenceEqual("RELOADING"u8) || variable.SequenceEqual("STOPPING"u8)
        || variable.SequenceEqual("ERRNO"u8) || variable.SequenceEqual("WATCHDOG"u8) || variable.SequenceEqual("EXTEND_TIMEOUT_USEC"u8)
        || variable.SequenceEqual("MONOTONIC_USEC"u8);

    /// <summary>Waits until the manager has read what was sent: it then closes the end of a pipe that comes last.</summary>
    private void Barrier()
    {
        Files.TryPipe(out FdHandle? readEnd, out FdHandle? writeEnd).ThrowIfError("pipe");
        using (readEnd)
        {
            using (writeEnd)
                if (!Send("BARRIER=1"u8, [writeEnd!.Fd])) return;
            Span<PollEntry> entries = [new PollEntry { Fd = readEnd!.Fd }];
            Errno errno;
            do errno = Files.TryPoll(entries, (int)BarrierTimeout.TotalMilliseconds, out _);
            while (errno == Errno.EINTR);
            errno.ThrowIfError("poll", "barrier of the notify socket");
        }
    }

    private bool Send(ReadOnlySpan<byte> notice, ReadOnlySpan<int> descriptors)
    {
        Errno errno = Sockets.TryConnect(host, out FdHandle? manager, datagram: true);
        using (manager)
            if (errno == Errno.None) errno = Sockets.TrySend(manager!.Fd, notice, descriptors);
        if (errno != Errno.None) warn($"send to notify socket {host}: {errno.Describe()}");
        return errno == Errno.None;
    }
}
