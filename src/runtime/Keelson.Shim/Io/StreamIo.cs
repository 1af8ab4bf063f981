using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Loop;

namespace Keelson.Shim.Io;

/// <summary>Streams without a terminal.</summary>
internal sealed class StreamIo : ProcessIo
{
    private readonly EventLoop loop;
    private readonly List<FdHandle> childEnds = [];
    private readonly List<StreamCopy> copies = [];
    private readonly List<FdHandle> copied = [];
    private readonly int[] descriptors = [-1, -1, -1];
    private InputFifo? stdin;
    private OutputTarget? stdout, stderr;
    private LogBinary? logger;

    private StreamIo(EventLoop loop) => this.loop = loop;

    public override int[] ChildDescriptors => descriptors;

    public static new async Task<ProcessIo> OpenAsync(EventLoop loop, ChildReaper reaper, StdioPaths paths, StreamOwner owner)
    {
        StreamIo io = new(loop);
        try
        {
            if (paths.Stdin.Length > 0) io.stdin = InputFifo.Open(paths.Stdin, blocks: true);
            if (LogBinary.IsBinary(paths.Stdout))
            {
                (io.logger, io.stdout, io.stderr) = await LogBinary.StartAsync(loop, reaper, paths.Stdout, owner);
            }
            else
            {
                Task<OutputTarget> first = OutputTarget.OpenAsync(loop, paths.Stdout), second = OutputTarget.OpenAsync(loop, paths.Stderr);
                try
                {
                    io.stdout = await first;
                }
                finally
                {
                    io.stderr = await second;
                }
            }
            io.descriptors[0] = io.stdin?.Reading.Fd ?? io.OpenNothing();
            io.descriptors[1] = io.End(io.stdout!, paths.Stdout);
            io.descriptors[2] = io.End(io.stderr!, paths.Stderr);
            if (owner.Uid != 0 || owner.Gid != 0)
                foreach (int fd in io.descriptors)
                    ChangeOwner(fd, owner);
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
        foreach (FdHandle end in childEnds) end.Dispose();
        stdin?.Reading.Dispose();
        if (copies.Count == 0)
        {
            stdout?.CloseWriting();
            stderr?.CloseWriting();
        }
    }

    public override void CloseStdin() => stdin?.CloseWriting();

    public override void Exited()
    {
        stdin?.CloseWriting();
        foreach (OutputTarget? target in (OutputTarget?[])[stdout, stderr])
        {
            if (copies.Count > 0) target?.ExitedBeforeCopy();
            else target?.Exited();
        }
    }

    public override async Task CloseAsync()
    {
        CloseChildEnds();
        if (copies.Count > 0) await WithinAsync(loop, Task.WhenAll(copies.Select(copy => copy.Ended)), DrainLimit);
        foreach (StreamCopy copy in copies) copy.Dispose();
        foreach (FdHandle end in copied) end.Dispose();
        stdin?.Dispose();
        stdout?.Dispose();
        stderr?.Dispose();
        if (logger is not null) await logger.EndAsync();
    }

    /// <summary>What the process gets for an output.</summary>
    private int End(OutputTarget target, string uri)
    {
        bool isFifo = uri.Length > 0 && (!uri.Contains("://", StringComparison.Ordinal) || uri.StartsWith("fifo:", StringComparison.Ordinal));
        if (!Copies || !isFifo) return target.Fd;
        Files.TryPipe(out FdHandle? reading, out FdHandle? writing).ThrowIfError("pipe");
        childEnds.Add(writing!);
        copied.Add(reading!);
        StreamCopy copy = new(loop, reading!.Fd, target.Fd);
        copies.Add(copy);
        _ = EndTargetAsync(copy, target);
        return writing!.Fd;
    }

    private static async Task EndTargetAsync(StreamCopy copy, OutputTarget target)
    {
        await copy.Ended;
        target.CloseWriting();
        target.Exited();
    }

    private int OpenNothing()
    {
        FdHandle nothing = Files.Open("/dev/null", OpenFlags.O_RDWR);
        childEnds.Add(nothing);
        return nothing.Fd;
    }

    private static void ChangeOwner(int fd, StreamOwner owner)
    {
        if (Files.TryStatus(fd, out FileStatus status) != Errno.None || (status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFIFO) return;
        Files.TryChangeOwner($"/proc/self/fd/{fd}", owner.Uid, owner.Gid).ThrowIfError("chown", "standard stream");
    }
}
