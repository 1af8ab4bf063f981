using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Io;
using Keelson.Shim.Loop;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Shim.Tasks;

/// <summary>A process of a container: the first one, or one that Exec added.</summary>
/// <remarks>
/// <code>
///   Create/Exec          Start              the process ends
///   ───────────► Created ─────► Running ────────────────────► Stopped ──► deleted
///                   │                                            ▲
///                   └────────────────────────────────────────────┘
/// </code>
/// Its end is published when it is reaped, and not before the event of its start: one that is seen between the two waits in <see cref="unpublished"/>.
/// </remarks>
internal sealed class ShimProcess(string id, StdioPaths stdio)
{
    private readonly TaskCompletionSource<ExitResponse> exited = new();
    private bool isStarting;
    private Action? unpublished;

    /// <summary>Its name in the container; empty for the first one.</summary>
    public string Id => id;

    /// <summary>Where its streams go.</summary>
    public StdioPaths Stdio => stdio;

    /// <summary>Its streams, once they are open.</summary>
    public ProcessIo? Io { get; set; }

    /// <summary>What the runtime is to run, for one that was added.</summary>
    public byte[] Spec { get; init; } = [];

    public int Pid { get; private set; }

    public TaskStatus Status { get; set; } = TaskStatus.Created;

    /// <summary>How it ended; <see langword="null"/> until then.</summary>
    public ExitResponse? Exit { get; private set; }

    /// <summary>Completes with its end.</summary>
    public Task<ExitResponse> Exited => exited.Task;

    /// <summary>Whether a Start is under way.</summary>
    public bool IsStarting => isStarting;

    /// <summary>Follows the process from now on.</summary>
    /// <param name="pid">The process, a child of the shim.</param>
    /// <param name="reaper">Tells its end.</param>
    /// <param name="publish">Publishes it.</param>
    public async Task FollowAsync(int pid, ChildReaper reaper, Action<ExitResponse> publish)
    {
        Pid = pid;
        ChildExit end = await reaper.Expect(pid);
        Stop(new ExitResponse(pid, end.Status.ShellCode, end.At), publish);
    }

    /// <summary>Notes the end.</summary>
    public void Stop(ExitResponse end, Action<ExitResponse> publish)
    {
        Exit = end;
        Status = TaskStatus.Stopped;
        Io?.Exited();
        if (isStarting) unpublished = () => Tell(end, publish);
        else Tell(end, publish);
    }

    /// <summary>A Start begins: an end is held back.</summary>
    public void BeginStart() => isStarting = true;

    /// <summary>The Start is over, its event published or its failure reported.</summary>
    public void EndStart()
    {
        isStarting = false;
        unpublished?.Invoke();
        unpublished = null;
    }

    /// <summary>Sends a signal to this process alone.</summary>
    /// <exception cref="KeelsonException">NotFound: it has ended. FailedPrecondition: it was not started.</exception>
    public void Kill(int signal)
    {
        if (Exit is not null) throw new KeelsonException(ErrorKind.NotFound, "process already finished");
        if (Pid == 0) throw new KeelsonException(ErrorKind.FailedPrecondition, "process not created");
        // It is a child that was not reaped, so its number is its own.
        Processes.TryKill(Pid, signal).ThrowIfError("kill", Pid.ToString());
    }

    private void Tell(ExitResponse end, Action<ExitResponse> publish)
    {
        publish(end);
        exited.TrySetResult(end);
    }
}
