using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Loop;

namespace Keelson.Shim.Io;

/// <summary>Where output goes: a fifo, a file, or a pipe to a logger; closed as one.</summary>
internal sealed class OutputTarget : IDisposable
{
    private readonly OutputFifo? fifo;
    private readonly FdHandle writing;

    private OutputTarget(FdHandle writing, OutputFifo? fifo)
    {
        this.writing = writing;
        this.fifo = fifo;
    }

    /// <summary>The end to write to.</summary>
    public int Fd => writing.Fd;

    /// <summary>A pipe's writing end, which is taken over.</summary>
    public static OutputTarget Of(FdHandle pipe) => new(pipe, null);

    /// <summary>Opens <c>file://PATH</c>, a fifo, or nothing for an empty path.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: another scheme. It could not be opened.</exception>
    public static async Task<OutputTarget> OpenAsync(EventLoop loop, string uri)
    {
        if (uri.Length == 0) return new OutputTarget(Files.Open("/dev/null", OpenFlags.O_RDWR), null);
        int colon = uri.IndexOf("://", StringComparison.Ordinal);
        string scheme = colon < 0 ? "fifo" : uri[..colon], path = colon < 0 ? uri : uri[(colon + 3)..];
        if (scheme == "file") return new OutputTarget(OpenFile(path.Split('?')[0]), null);
        if (scheme != "fifo") throw new KeelsonException(ErrorKind.InvalidArgument, $"open output {uri}: a scheme other than fifo, file and binary");
        if (Files.TryStatus(path, out FileStatus status) == Errno.None && (status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFIFO)
            return new OutputTarget(Files.Open(path, OpenFlags.O_WRONLY | OpenFlags.O_APPEND), null);
        OutputFifo fifo = await OutputFifo.OpenAsync(loop, path);
        return new OutputTarget(fifo.Writing, fifo);
    }

    /// <summary>The process has ended.</summary>
    public void Exited() => fifo?.Exited();

    /// <summary>The process has ended, and what it wrote is still being copied: a reader that has gone must not hold that up.</summary>
    public void ExitedBeforeCopy()
    {
        if (fifo is { IsLate: false }) fifo.Exited();
    }

    /// <summary>Closes the writing end alone: readers see the end, and what is in a fifo stays.</summary>
    public void CloseWriting() => writing.Dispose();

    public void Dispose()
    {
        writing.Dispose();
        fifo?.Dispose();
    }

    private static FdHandle OpenFile(string path)
    {
        int slash = path.LastIndexOf('/');
        if (slash > 0) Files.TryMakeDirectories(path[..slash]).ThrowIfError("mkdir", path[..slash]);
        return Files.Open(path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND, 0b110_100_100);
    }
}
