using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.RuntimeCli;

/// <summary>Stands between the caller's terminal and the container's when both are in the foreground.</summary>
/// <remarks>
/// It listens on a socket as any caller with <c>--console-socket</c> would, puts the caller's terminal into raw mode, copies both ways and
/// passes changes of the size on. termios(3), pty(7).
/// </remarks>
internal sealed class TerminalRelay : IDisposable
{
    private readonly string directory;
    private readonly FdHandle listener;
    private FdHandle? master;
    private TerminalMode? before;

    /// <summary>Makes the socket in a directory of its own.</summary>
    public TerminalRelay()
    {
        directory = Directory.CreateTempSubdirectory("keelson-console-").FullName;
        SocketPath = directory + "/socket";
        Sockets.TryListen(SocketPath, out FdHandle? socket).ThrowIfError("listen on console socket", SocketPath);
        listener = socket!;
    }

    /// <summary>Where the runtime connects to.</summary>
    public string SocketPath { get; }

    /// <summary>The container's terminal, for polling.</summary>
    public int MasterFd => master?.Fd ?? -1;

    /// <summary>Takes the terminal that the runtime has sent, and switches the caller's to raw mode.</summary>
    public void Accept()
    {
        Sockets.TryAccept(listener.Fd, out FdHandle? connection).ThrowIfError("accept", SocketPath);
        using (connection)
        {
            Span<byte> name = stackalloc byte[256];
            Sockets.TryReceive(connection!.Fd, name, out _, out FdHandle[] descriptors).ThrowIfError("receive console from", SocketPath);
            if (descriptors.Length != 1) throw new KeelsonException(ErrorKind.Unknown, "receive console: no terminal came");
            master = descriptors[0];
        }
        if (Terminals.TryMakeRaw(0, out TerminalMode mode) == Errno.None) before = mode;
        CopySize();
    }

    /// <summary>Gives the container's terminal the size of the caller's.</summary>
    public void CopySize()
    {
        if (master is not null) Terminals.TryCopySize(from: 0, to: master.Fd);
    }

    /// <summary>Copies what is there from one descriptor to another.</summary>
    /// <returns>Whether the source is still open.</returns>
    public static bool Copy(int from, int to)
    {
        Span<byte> buffer = stackalloc byte[8192];
        // EIO: the last program closed the other end of the terminal.
        if (Files.TryRead(from, buffer, out int count) != Errno.None || count == 0) return false;
        return Files.TryWrite(to, buffer[..count]) == Errno.None;
    }

    /// <summary>Copies what the container still has to say.</summary>
    public void Drain()
    {
        Span<PollEntry> entries = [new PollEntry { Fd = MasterFd, Events = PollEvents.POLLIN }];
        while (MasterFd >= 0 && Files.TryPoll(entries, 0, out int ready) == Errno.None && ready > 0 && Copy(MasterFd, 1)) entries[0].Returned = 0;
    }

    /// <summary>Restores the caller's terminal and removes the socket.</summary>
    public void Dispose()
    {
        if (before is { } mode) Terminals.TryRestore(0, mode);
        master?.Dispose();
        listener.Dispose();
        Files.TryUnlink(SocketPath);
        Files.TryRemoveDirectory(directory);
    }
}
