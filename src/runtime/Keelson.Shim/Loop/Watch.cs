using Keelson.Linux.Sys;

namespace Keelson.Shim.Loop;

/// <summary>A descriptor that the loop waits for.</summary>
internal sealed class Watch(EventLoop loop, ulong number, int fd, EpollEvents events, Action<EpollEvents> ready) : IDisposable
{
    private bool isDisposed;

    /// <summary>Names this watch; numbers of descriptors are used again, these are not.</summary>
    public ulong Number => number;

    public int Fd => fd;

    /// <summary>What is waited for.</summary>
    public EpollEvents Events { get; private set; } = events;

    public void Ready(EpollEvents what) => ready(what);

    /// <summary>Waits for something else.</summary>
    public void Change(EpollEvents wanted)
    {
        if (wanted == Events || isDisposed) return;
        Events = wanted;
        loop.Change(this);
    }

    /// <summary>Stops waiting. To be called before the descriptor is closed.</summary>
    public void Dispose()
    {
        if (isDisposed) return;
        isDisposed = true;
        loop.Remove(this);
    }
}
