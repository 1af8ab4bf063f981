using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Loop;

namespace Keelson.Shim.Io;

/// <summary>A fifo that somebody else reads, and that a process of a container writes.</summary>
/// <remarks>
/// The shim keeps a reading end, so that a reader that goes away is no SIGPIPE for the process: it waits when the pipe is full, as on a slow reader.
/// Usually the reader is there before the process; then the end of the process is the end of the stream. A reader that comes late must find what was
/// written, so for it the shim keeps a writing end, too, and closes it when the process has ended and the reader has come.
/// </remarks>
internal sealed class OutputFifo : IDisposable
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(1), LookInterval = TimeSpan.FromMilliseconds(50);
    private const int Looks = 6;
    private readonly EventLoop loop;
    private FdHandle? reading, kept;
    private LoopTimer? timer;

    private OutputFifo(EventLoop loop, FdHandle writing, FdHandle reading, FdHandle? kept)
    {
        this.loop = loop;
        Writing = writing;
        this.reading = reading;
        this.kept = kept;
    }

    /// <summary>The end for the process; it blocks.</summary>
    public FdHandle Writing { get; }

    /// <summary>Whether the reader was not there in time.</summary>
    public bool IsLate => kept is not null;

    /// <summary>Opens a fifo, and gives a reader that is on its way some 60 ms to arrive.</summary>
    /// <exception cref="LinuxException">ENOENT: there is no such fifo.</exception>
    public static async Task<OutputFifo> OpenAsync(EventLoop loop, string path)
    {
        Errno errno = Files.TryOpen(path, OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, out FdHandle? writing);
        TimeSpan pause = FirstLook;
        for (int i = 0; i < Looks && errno == Errno.ENXIO; i++, pause *= 2)
        {
            await loop.DelayAsync(pause);
            errno = Files.TryOpen(path, OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, out writing);
        }
        if (errno is not (Errno.None or Errno.ENXIO)) errno.ThrowIfError("open", path);
        Files.TryOpen(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out FdHandle? reading).ThrowIfError("open", path);
        FdHandle? kept = null;
        if (errno == Errno.ENXIO)
        {
            Files.TryOpen(path, OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, out writing).ThrowIfError("open", path);
            Files.TryDuplicate(writing!.Fd, out kept).ThrowIfError("duplicate", path);
        }
        Files.TrySetNonBlocking(writing!.Fd, false).ThrowIfError("fcntl", path);
        return new OutputFifo(loop, writing, reading!, kept);
    }

    /// <summary>The process has ended. What it wrote stays in the pipe until <see cref="Dispose"/>.</summary>
    public void Exited()
    {
        reading?.Dispose();
        reading = null;
        if (kept is not null && timer is null) LookForReader();
    }

    public void Dispose()
    {
        timer?.Dispose();
        Writing.Dispose();
        reading?.Dispose();
        kept?.Dispose();
        kept = null;
    }

    private void LookForReader()
    {
        if (kept is null) return;
        Span<PollEntry> entry = [new PollEntry { Fd = kept.Fd }];
        // The writing end of a pipe that nobody reads is in error.
        if (Files.TryPoll(entry, 0, out _) == Errno.None && (entry[0].Returned & PollEvents.POLLERR) == 0)
        {
            kept.Dispose();
            kept = null;
            return;
        }
        timer = loop.After(LookInterval, LookForReader);
    }
}
