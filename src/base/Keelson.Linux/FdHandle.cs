using Microsoft.Win32.SafeHandles;

namespace Keelson.Linux;

/// <summary>An open file descriptor that its holder owns. All descriptors of Keelson are close-on-exec.</summary>
/// <remarks>
/// A plain sealed class and not a <c>SafeHandle</c>: it has no finalizer and no reference count, so the
/// short-lived runtime pays nothing for it. Who opens one disposes it; a descriptor that is not disposed lives until the process ends.
/// </remarks>
public sealed class FdHandle : IDisposable
{
    private int fd;

    /// <summary>Takes ownership of an open descriptor.</summary>
    public FdHandle(int fd)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fd);
        this.fd = fd;
    }

    /// <summary>The descriptor's number. It stays owned by this handle.</summary>
    /// <exception cref="ObjectDisposedException">The handle was disposed or released.</exception>
    public int Fd => fd >= 0 ? fd : throw new ObjectDisposedException(nameof(FdHandle));

    /// <summary>Whether the descriptor was closed or given away.</summary>
    public bool IsClosed => fd < 0;

    /// <summary>A path that reopens the same file. Valid in this process while the handle is open and procfs is on <c>/proc</c>.</summary>
    public string ProcPath => "/proc/self/fd/" + Fd;

    /// <summary>Gives up ownership: the caller closes the returned descriptor.</summary>
    public int Release()
    {
        int released = Interlocked.Exchange(ref fd, -1);
        return released >= 0 ? released : throw new ObjectDisposedException(nameof(FdHandle));
    }

    /// <summary>Wraps the descriptor for the streams of .NET; ownership moves to the result.</summary>
    public SafeFileHandle ToSafeFileHandle() => new(Release(), ownsHandle: true);

    /// <summary>Closes the descriptor. The kernel releases it even when close(2) reports an error.</summary>
    public void Dispose()
    {
        // Once, whoever disposes of it beside: the number may be another file's a moment later.
        int owned = Interlocked.Exchange(ref fd, -1);
        if (owned >= 0) Sys.Files.Close(owned);
    }
}
