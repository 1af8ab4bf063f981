using Keelson.Engine.Tasks.Bundles;
using Keelson.Engine.Tasks.Shims;
using Keelson.Shim.Api;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Engine.Tasks;

/// <summary>One task as the engine knows it.</summary>
/// <remarks>
/// <code>
///   Create ──► (being made) ──► listed, connected ◄──► listed, looking for its shim ──► gone
///   Restart ──────────────────────────────────────────► ▲                      (deleted, or cleaned up)
/// </code>
/// </remarks>
internal sealed class TaskEntry
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Task<ExitResponse>> waits = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<ExitResponse> gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskSummary summary;
    private DateTimeOffset changedAt;
    private volatile bool isListed;

    /// <summary>Makes an entry that is not listed.</summary>
    public TaskEntry(string space, string id)
    {
        Space = space;
        summary = new(id, 0, TaskStatus.Unknown, 0, null);
    }

    public string Space { get; }

    public string Id => summary.Id;

    /// <summary>The sandbox that it runs in; empty for none.</summary>
    public string Sandbox { get; init; } = "";

    /// <summary>Its directory; set before it is listed.</summary>
    public TaskBundle Bundle { get; set; } = null!;

    /// <summary>Whether others may see it.</summary>
    public bool IsListed { get => isListed; set => isListed = value; }

    /// <summary>Held while it is deleted or cleaned up, so that one of both does it.</summary>
    public SemaphoreSlim Ending { get; } = new(1, 1);

    /// <summary>Whether an event has told the end of its first process.</summary>
    public bool IsExitTold { get; set; }

    /// <summary>Completes with its end when it is gone from the engine.</summary>
    public Task<ExitResponse> Gone => gone.Task;

    /// <summary>The last known state.</summary>
    public TaskSummary Summary
    {
        get
        {
            lock (gate) return summary;
        }
    }

    /// <summary>The way to its shim; it ends with the task.</summary>
    public ShimLink Shim { get; } = new();

    /// <summary>Notes a state that the shim told.</summary>
    public void Set(StateResponse state, DateTimeOffset at)
    {
        lock (gate)
        {
            if (summary.Status == TaskStatus.Stopped && state.Status != TaskStatus.Stopped) return;
            summary = summary with { Pid = state.Pid, Status = state.Status, ExitStatus = state.ExitStatus, ExitedAt = state.Status == TaskStatus.Stopped ? state.ExitedAt : null, Stdio = state.Stdio };
            changedAt = at;
        }
    }

    /// <summary>Notes something that happened at a moment. An end is final; all else counts only if nothing later is known.</summary>
    public void Note(TaskStatus status, DateTimeOffset at, int pid = 0, StdioPaths? stdio = null)
    {
        lock (gate)
        {
            if (summary.Status == TaskStatus.Stopped || at < changedAt) return;
            summary = summary with { Status = status, Pid = pid == 0 ? summary.Pid : pid, Stdio = stdio ?? summary.Stdio };
            changedAt = at;
        }
    }

    /// <summary>Notes the end of the first process.</summary>
    /// <returns>Whether it was not known yet.</returns>
    public bool NoteExit(ExitResponse exit)
    {
        lock (gate)
        {
            if (summary.Status == TaskStatus.Stopped) return false;
            summary = summary with { Status = TaskStatus.Stopped, Pid = exit.Pid == 0 ? summary.Pid : exit.Pid, ExitStatus = exit.ExitStatus, ExitedAt = exit.ExitedAt };
            return true;
        }
    }

    /// <summary>The wait for the end of a process; all who wait for it share one call to the shim, which could not be called off.</summary>
    public Task<ExitResponse> WaitFor(string execId, Func<Task<ExitResponse>> wait)
    {
        lock (gate)
        {
            if (!waits.TryGetValue(execId, out Task<ExitResponse>? waiting)) waits.Add(execId, waiting = RunAsync(execId, wait));
            return waiting;
        }
    }

    /// <summary>The task is gone: who waits learns its end, and who waits for its shim that there is none.</summary>
    public void End(ExitResponse exit)
    {
        gone.TrySetResult(exit);
        Shim.Abandon(Missing());
    }

    /// <summary>The error of a call for a task that is not there; clients look for "not found".</summary>
    public KeelsonException Missing() => MissingTask(Id);

    /// <inheritdoc cref="Missing"/>
    public static KeelsonException MissingTask(string id) => new(ErrorKind.NotFound, $"task {id} not found");

    private async Task<ExitResponse> RunAsync(string execId, Func<Task<ExitResponse>> wait)
    {
        await Task.Yield();
        try
        {
            return await wait().ConfigureAwait(false);
        }
        finally
        {
            lock (gate) waits.Remove(execId);
        }
    }
}
