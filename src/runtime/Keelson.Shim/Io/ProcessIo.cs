using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Loop;

namespace Keelson.Shim.Io;

/// <summary>Who asks for streams.</summary>
/// <param name="Id">The container, for loggers.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Uid">Owner of what the process gets.</param>
/// <param name="Gid">Its group.</param>
internal readonly record struct StreamOwner(string Id, string Namespace, uint Uid, uint Gid);

/// <summary>The standard streams of one process.</summary>
/// <remarks>
/// Without a terminal, the process gets the fifos, files and pipes themselves: nothing is copied, a shim that is killed loses no output, and a running
/// container costs the shim two or three descriptors. Where SELinux confines containers they may not write to the daemon's fifos, and the shim copies
/// from pipes of its own; <c>KEELSON_SHIM_STDIO=copy</c> asks for that.
/// </remarks>
internal abstract class ProcessIo : IAsyncDisposable
{
    /// <summary>How long Delete waits for output that is still on its way.</summary>
    protected static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(10);

    /// <summary>What the runtime gets as descriptors 0, 1 and 2. Valid until <see cref="CloseChildEnds"/>.</summary>
    public abstract int[] ChildDescriptors { get; }

    /// <summary>Path of the socket for the terminal; <see langword="null"/> without one.</summary>
    public virtual string? ConsoleSocket => null;

    /// <summary>Opens the streams.</summary>
    /// <exception cref="KeelsonException">One could not be opened, or a logger did not start.</exception>
    public static async Task<ProcessIo> OpenAsync(EventLoop loop, ChildReaper reaper, StdioPaths paths, StreamOwner owner) =>
        paths.Terminal ? await TerminalIo.OpenAsync(loop, reaper, paths, owner) : await StreamIo.OpenAsync(loop, reaper, paths, owner);

    /// <summary>The runtime has them: the shim closes what only the process needs, so that readers see its end.</summary>
    public abstract void CloseChildEnds();

    /// <summary>The runtime has made the process: takes the terminal.</summary>
    public virtual void Started()
    {
    }

    /// <summary>Ends standard input.</summary>
    public abstract void CloseStdin();

    /// <summary>Gives the terminal a size.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: there is no terminal.</exception>
    public virtual void Resize(ushort columns, ushort rows) => throw new KeelsonException(ErrorKind.FailedPrecondition, "resize terminal: the process has none");

    /// <summary>The process has ended.</summary>
    public abstract void Exited();

    /// <summary>Brings out what is still on its way, within a limit, and closes everything.</summary>
    public abstract Task CloseAsync();

    /// <inheritdoc cref="CloseAsync"/>
    public ValueTask DisposeAsync() => new(CloseAsync());

    /// <summary>Whether the shim copies instead of handing the fifos out.</summary>
    protected static bool Copies { get; } =
        Environment.GetEnvironmentVariable("KEELSON_SHIM_STDIO") == "copy" || Files.TryStatus("/sys/fs/selinux/enforce", out _) == Errno.None;

    /// <summary>Waits for a task, but not longer than the limit.</summary>
    protected static async Task WithinAsync(EventLoop loop, Task task, TimeSpan limit)
    {
        TaskCompletionSource late = new();
        using LoopTimer timer = loop.After(limit, () => late.TrySetResult());
        await Task.WhenAny(task, late.Task);
    }
}
