using Keelson.Engine.Tasks.Shims;
using Keelson.Shim.Api;
using Keelson.Ttrpc;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Engine.Tasks;

/// <summary>What is passed on to shims.</summary>
internal sealed partial class TaskService
{
    /// <inheritdoc/>
    public Task<int> StartAsync(string space, string id, string execId = "", CancellationToken cancel = default) =>
        Tracing.RunAsync("start task", "container.id", id, () => StartNowAsync(space, id, execId, cancel));

    private async Task<int> StartNowAsync(string space, string id, string execId, CancellationToken cancel)
    {
        (TaskEntry entry, ShimConnection shim) = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        DateTimeOffset before = options.Time.GetUtcNow();
        int pid = await shim.Tasks.StartAsync(id, execId, cancel).ConfigureAwait(false);
        if (execId.Length == 0) entry.Note(TaskStatus.Running, before, pid);
        return pid;
    }

    /// <inheritdoc/>
    public async Task ExecAsync(string space, ExecRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.ExecId.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "exec id cannot be empty");
        (_, ShimConnection shim) = await ReachAsync(space, request.Id, cancel).ConfigureAwait(false);
        await shim.Tasks.ExecAsync(request, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<StateResponse> StateAsync(string space, string id, string execId = "", CancellationToken cancel = default) =>
        await host.LimitAsync(options.StateLimit, $"get state for {id}", async limit =>
        {
            (TaskEntry entry, ShimConnection shim) = await ReachAsync(space, id, limit).ConfigureAwait(false);
            DateTimeOffset before = options.Time.GetUtcNow();
            StateResponse state = await shim.Tasks.StateAsync(id, execId, limit).ConfigureAwait(false);
            if (execId.Length > 0) return state;
            if (state.Status == TaskStatus.Stopped) entry.NoteExit(new ExitResponse(state.Pid, state.ExitStatus, state.ExitedAt));
            else entry.Note(state.Status, before, state.Pid, state.Stdio);
            return state;
        }, cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<ExitResponse> WaitAsync(string space, string id, string execId = "", CancellationToken cancel = default)
    {
        TaskEntry entry = table.Get(space, id);
        return await entry.WaitFor(execId, () => WaitAsync(entry, execId)).WaitAsync(cancel).ConfigureAwait(false);
    }

    private static async Task<ExitResponse> WaitAsync(TaskEntry entry, string execId)
    {
        while (true)
        {
            // When the task goes while its shim is looked for, its end is the answer.
            Task<ShimConnection> connecting = entry.Shim.Connection;
            await Task.WhenAny(entry.Gone, connecting).ConfigureAwait(false);
            if (entry.Gone.IsCompleted) return await entry.Gone.ConfigureAwait(false);
            ShimConnection shim = await connecting.ConfigureAwait(false);
            try
            {
                ExitResponse exit = await shim.Tasks.WaitAsync(entry.Id, execId).ConfigureAwait(false);
                if (execId.Length == 0) entry.NoteExit(exit);
                return exit;
            }
            catch (TtrpcException e) when (e.Kind == ErrorKind.Unavailable)
            {
                // The shim has died, or was restarted: the task comes back or goes.
                await shim.Client.Closed.ConfigureAwait(false);
                entry.Shim.Disconnect(shim);
            }
        }
    }

    /// <inheritdoc/>
    public async Task KillAsync(string space, string id, int signal, string execId = "", bool all = false, CancellationToken cancel = default)
    {
        (_, ShimConnection shim) = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        await shim.Tasks.KillAsync(id, signal, execId, all, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task ResizeAsync(string space, string id, string execId, uint columns, uint rows, CancellationToken cancel = default)
    {
        (_, ShimConnection shim) = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        await shim.Tasks.ResizeAsync(id, execId, columns, rows, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task CloseInputAsync(string space, string id, string execId = "", CancellationToken cancel = default)
    {
        (_, ShimConnection shim) = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        await shim.Tasks.CloseInputAsync(id, execId, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task PauseAsync(string space, string id, CancellationToken cancel = default)
    {
        (TaskEntry entry, ShimConnection shim) = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        await shim.Tasks.PauseAsync(id, cancel).ConfigureAwait(false);
        entry.Note(TaskStatus.Paused, options.Time.GetUtcNow());
    }

    /// <inheritdoc/>
    public async Task ResumeAsync(string space, string id, CancellationToken cancel = default)
    {
        (TaskEntry entry, ShimConnection shim) = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        await shim.Tasks.ResumeAsync(id, cancel).ConfigureAwait(false);
        entry.Note(TaskStatus.Running, options.Time.GetUtcNow());
    }

    /// <inheritdoc/>
    public async Task UpdateAsync(string space, UpdateRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        (_, ShimConnection shim) = await ReachAsync(space, request.Id, cancel).ConfigureAwait(false);
        await shim.Tasks.UpdateAsync(request, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TaskProcess>> ProcessesAsync(string space, string id, CancellationToken cancel = default)
    {
        (_, ShimConnection shim) = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        return await shim.Tasks.ProcessesAsync(id, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<TypedMessage> StatsAsync(string space, string id, CancellationToken cancel = default)
    {
        (_, ShimConnection shim) = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        return await shim.Tasks.StatsAsync(id, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task CheckpointAsync(string space, CheckpointRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        (_, ShimConnection shim) = await ReachAsync(space, request.Id, cancel).ConfigureAwait(false);
        await shim.Tasks.CheckpointAsync(request, cancel).ConfigureAwait(false);
    }
}
