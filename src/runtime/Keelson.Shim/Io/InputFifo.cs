using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Shim.Io;

/// <summary>A fifo that somebody else writes, and that a process of a container reads.</summary>
/// <remarks>The shim keeps a writing end: a client that goes away does not end the input, CloseIO does.</remarks>
internal sealed class InputFifo : IDisposable
{
    private FdHandle? kept;

    private InputFifo(FdHandle reading, FdHandle? kept)
    {
        Reading = reading;
        this.kept = kept;
    }

    /// <summary>The end for the process.</summary>
    public FdHandle Reading { get; }

    /// <summary>Opens a fifo, or a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="blocks">Whether reads wait.</param>
    /// <exception cref="LinuxException">ENOENT: there is no such fifo.</exception>
    public static InputFifo Open(string path, bool blocks)
    {
        Files.TryOpen(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out FdHandle? reading).ThrowIfError("open", path);
        FdHandle? kept = null;
        if (Files.TryStatus(reading!.Fd, out FileStatus status) == Errno.None && (status.Mode & FileStatus.S_IFMT) == FileStatus.S_IFIFO)
            Files.TryOpen(path, OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, out kept).ThrowIfError("open", path);
        if (blocks) Files.TrySetNonBlocking(reading.Fd, false).ThrowIfError("fcntl", path);
        return new InputFifo(reading, kept);
    }

    /// <summary>Nothing more comes once the client has closed its end, too.</summary>
    public void CloseWriting()
    {
        kept?.Dispose();
        kept = null;
    }

    public void Dispose()
    {
        CloseWriting();
        Reading.Dispose();
    }
}
