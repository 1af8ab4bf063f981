using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Launch;
using Keelson.Shim.Loop;

namespace Keelson.Shim.Io;

/// <summary>A terminal: the runtime sends its master over a socket, and the shim copies between it and the fifos.</summary>
internal sealed class TerminalIo : ProcessIo
{
    private static int count;
    private readonly EventLoop loop;
    private readonly FdHandle nothing, listener;
    private InputFifo? stdin;
    private OutputTarget? stdout, stderr;
    private LogBinary? logger;
    private FdHandle? master, masterInput;
    private StreamCopy? input, output;
    private (ushort Columns, ushort Rows)? size;

    private TerminalIo(EventLoop loop)
    {
        this.loop = loop;
        nothing = Files.Open("/dev/null", OpenFlags.O_RDWR);
        ConsoleSocket = $"{ShimSocket.Directory}/pty-{Processes.CurrentId}-{++count}";
        Files.TryUnlink(ConsoleSocket);
        Sockets.TryListen(ConsoleSocket, out FdHandle? handle, mode: 0b110_000_000).ThrowIfError("listen on", ConsoleSocket);
        listener = handle!;
        Files.TrySetNonBlocking(listener.Fd, true).ThrowIfError("fcntl", ConsoleSocket);
    }

    public override string ConsoleSocket { get; }

    public override int[] ChildDescriptors => [nothing.Fd, nothing.Fd, nothing.Fd];

    public static new async Task<ProcessIo> OpenAsync(EventLoop loop, ChildReaper reaper, StdioPaths paths, StreamOwner owner)
    {
        TerminalIo io = new(loop);
        try
        {
            if (paths.Stdin.Length > 0) io.stdin = InputFifo.Open(paths.Stdin, blocks: false);
            if (LogBinary.IsBinary(paths.Stdout)) (io.logger, io.stdout, io.stderr) = await LogBinary.StartAsync(loop, reaper, paths.Stdout, owner);
            else io.stdout = await OutputTarget.OpenAsync(loop, paths.Stdout);
            return io;
        }
        catch
        {
            await io.CloseAsync();
            throw;
        }
    }

    public override void CloseChildEnds()
    {
    }

    public override void Started()
    {
        Sockets.TryAccept(listener.Fd, out FdHandle? connection).ThrowIfError("receive the terminal over", ConsoleSocket);
        FdHandle[] descriptors;
        using (connection)
        {
            // The runtime has ended: what it sent is there.
            Files.TrySetNonBlocking(connection!.Fd, true).ThrowIfError("fcntl", ConsoleSocket);
            Span<byte> name = stackalloc byte[4096];
            Sockets.TryReceive(connection.Fd, name, out _, out descriptors).ThrowIfError("receive the terminal over", ConsoleSocket);
        }
        CloseListener();
        if (descriptors.Length != 1)
        {
            foreach (FdHandle descriptor in descriptors) descriptor.Dispose();
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"receive the terminal over {ConsoleSocket}: {descriptors.Length} descriptors came");
        }
        master = descriptors[0];
        if (size is { } wanted) Resize(wanted.Columns, wanted.Rows);
        output = new StreamCopy(loop, master.Fd, stdout!.Fd);
        if (stdin is not null)
        {
            // epoll takes a descriptor once: the other direction has a copy.
            Files.TryDuplicate(master.Fd, out masterInput).ThrowIfError("duplicate", "terminal");
            input = new StreamCopy(loop, stdin.Reading.Fd, masterInput!.Fd);
        }
        _ = EndOutputAsync(output);
    }

    public override void CloseStdin() => stdin?.CloseWriting();

    public override void Resize(ushort columns, ushort rows)
    {
        size = (columns, rows);
        if (master is not null) Terminals.TrySetSize(master.Fd, rows, columns).ThrowIfError("resize", "terminal");
    }

    public override void Exited() => stdout?.ExitedBeforeCopy();

    public override async Task CloseAsync()
    {
        CloseListener();
        if (output is not null) await WithinAsync(loop, output.Ended, DrainLimit);
        input?.Dispose();
        output?.Dispose();
        masterInput?.Dispose();
        master?.Dispose();
        stdin?.Dispose();
        stdout?.Dispose();
        stderr?.Dispose();
        nothing.Dispose();
        if (logger is not null) await logger.EndAsync();
    }

    private async Task EndOutputAsync(StreamCopy copy)
    {
        await copy.Ended;
        stdout!.CloseWriting();
        stderr?.CloseWriting();
        stdout.Exited();
    }

    private void CloseListener()
    {
        if (listener.IsClosed) return;
        listener.Dispose();
        Files.TryUnlink(ConsoleSocket);
    }
}
