using System.Collections.Concurrent;

namespace Keelson.Engine.Containers;

/// <summary>One container as the daemon holds it. <see cref="Info"/> is replaced whole, so that readers wait for nothing.</summary>
internal sealed class ManagedContainer
{
    private TaskCompletionSource<ContainerExit> exit = NewSource();

    public ManagedContainer(ContainerInfo info, IContainerLog log)
    {
        Info = info;
        Log = log;
        Hub = new(info.Settings.Tty, info.Settings.StdinOnce, log);
    }

    public string Id => Info.Id;

    /// <summary>Its present state.</summary>
    public volatile ContainerInfo Info;

    /// <summary>Held by who changes it.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    public IContainerLog Log { get; }

    public StreamHub Hub { get; }

    /// <summary>The present run; <see langword="null"/> when it does not run.</summary>
    public ContainerRun? Run { get; set; }

    /// <summary>Gives up a restart that is to come.</summary>
    public CancellationTokenSource? Restart { get; set; }

    /// <summary>How long the next restart waits.</summary>
    public TimeSpan RestartDelay { get; set; }

    /// <summary>Processes that were added, by identity.</summary>
    public ConcurrentDictionary<string, ExecProcess> Execs { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether processes were ever added since the daemon's start: a list asks that of each container, and an empty dictionary takes long to say so.</summary>
    public volatile bool HadExecs;

    /// <summary>Whether it is gone.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Whether the kernel killed a process for memory since the start.</summary>
    public volatile bool WasOutOfMemory;

    /// <summary>Its next end.</summary>
    public Task<ContainerExit> NextExit => Volatile.Read(ref exit).Task;

    /// <summary>When it is gone.</summary>
    public TaskCompletionSource<ContainerExit> Removed { get; } = NewSource();

    /// <summary>Tells who waits that it has ended.</summary>
    public void TellExit(ContainerExit how) => Interlocked.Exchange(ref exit, NewSource()).SetResult(how);

    /// <summary>Waits for the turn.</summary>
    /// <exception cref="KeelsonException">NotFound: it is gone.</exception>
    public async ValueTask<IDisposable> EnterAsync(CancellationToken cancel = default)
    {
        await Turn.WaitAsync(cancel).ConfigureAwait(false);
        if (!IsRemoved) return new Leaver(Turn);
        Turn.Release();
        throw new KeelsonException(ErrorKind.NotFound, $"No such container: {Id}");
    }

    private static TaskCompletionSource<ContainerExit> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Leaver(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
