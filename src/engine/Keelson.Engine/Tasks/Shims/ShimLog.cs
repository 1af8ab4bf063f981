using System.Text;
using Keelson.Engine.Tasks.Watching;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tasks.Shims;

/// <summary>Reads the fifo <c>log</c> of a bundle, into which its shim writes, line by line.</summary>
internal sealed class ShimLog : IDisposable
{
    /// <summary>A longer line is cut; shims write a few hundred bytes.</summary>
    private const int LineLimitBytes = 16 << 10;

    private readonly FdHandle fifo;
    private readonly Action<string> logged;
    private readonly byte[] buffer = new byte[4096];
    private readonly List<byte> line = [];
    private readonly IDisposable watch;

    private ShimLog(FdHandle fifo, DescriptorWatcher watcher, Action<string> logged)
    {
        this.fifo = fifo;
        this.logged = logged;
        watch = watcher.Watch(fifo, Read);
    }

    /// <summary>Opens the fifo of a bundle; <see langword="null"/> when it has none.</summary>
    /// <exception cref="LinuxException">It could not be opened.</exception>
    public static ShimLog? Open(string bundle, DescriptorWatcher watcher, Action<string> logged)
    {
        string path = bundle + "/log";
        if (Files.TryStatus(path, out FileStatus status, followLink: false) != Errno.None || (status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFIFO) return null;
        // With a writing end of our own there is never an end to read while the shim is away.
        FdHandle fifo = Files.Open(path, OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK | OpenFlags.O_NOFOLLOW);
        try
        {
            return new(fifo, watcher, logged);
        }
        catch
        {
            fifo.Dispose();
            throw;
        }
    }

    /// <summary>Stops reading.</summary>
    public void Dispose()
    {
        watch.Dispose();
        fifo.Dispose();
    }

    private void Read()
    {
        while (Files.TryRead(fifo.Fd, buffer, out int count) == Errno.None && count > 0)
            foreach (byte b in buffer.AsSpan(0, count))
            {
                if (b != '\n' && line.Count < LineLimitBytes) line.Add(b);
                if (b != '\n') continue;
                if (line.Count > 0) logged(Encoding.UTF8.GetString([.. line]));
                line.Clear();
            }
    }
}
