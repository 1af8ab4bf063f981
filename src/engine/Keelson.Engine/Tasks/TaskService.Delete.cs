using Keelson.Engine.Tasks.Shims;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Events;
using Keelson.Ttrpc;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Engine.Tasks;

/// <summary>How tasks go: they are deleted, or their shim is gone.</summary>
internal sealed partial class TaskService
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public async Task<ExitResponse> DeleteAsync(string space, string id, string execId = "", CancellationToken cancel = default)
    {
        (TaskEntry entry, ShimConnection shim) = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        if (execId.Length > 0) return await shim.Tasks.DeleteAsync(id, execId, cancel).ConfigureAwait(false);
        TaskCompletionSource<ExitResponse> deleted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        // It goes on when the caller leaves: half a deletion is none.
        _ = background.Run($"delete task {id}", () => DeleteAsync(entry, shim, deleted));
        return await deleted.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    private async Task DeleteAsync(TaskEntry entry, ShimConnection shim, TaskCompletionSource<ExitResponse> deleted)
    {
        try
        {
            await entry.Ending.WaitAsync().ConfigureAwait(false);
            try
            {
                if (!entry.IsListed) throw entry.Missing();
                ExitResponse exit = await DeleteFromShimAsync(entry, shim).ConfigureAwait(false);
                Remove(entry, exit);
                deleted.SetResult(exit);
            }
            finally
            {
                entry.Ending.Release();
            }
        }
        catch (Exception e)
        {
            deleted.SetException(e);
            // Told to who asked; nobody may be left who looks.
            _ = deleted.Task.Exception;
            return;
        }
        await LeaveAsync(shim, entry).ConfigureAwait(false);
    }

    private async Task<ExitResponse> DeleteFromShimAsync(TaskEntry entry, ShimConnection shim)
    {
        try
        {
            return await shim.Tasks.DeleteAsync(entry.Id).ConfigureAwait(false);
        }
        catch (TtrpcException e) when (e.Kind == ErrorKind.NotFound)
        {
            // The shim has removed it already; the rest is ours.
            options.Failed($"delete task {entry.Id}", e);
            TaskSummary known = entry.Summary;
            return new ExitResponse(known.Pid, known.ExitStatus, known.ExitedAt);
        }
    }

    /// <summary>Takes a task and its bundle out of the engine.</summary>
    private void Remove(TaskEntry entry, ExitResponse exit)
    {
        try
        {
            bundles.Remove(entry.Bundle);
        }
        catch (Exception e) when (e is KeelsonException or IOException or UnauthorizedAccessException)
        {
            // The container is gone; the directory is tried again when the engine starts.
            options.Failed($"remove the bundle of {entry.Id}", e);
        }
        entry.IsListed = false;
        table.Remove(entry);
        entry.End(exit);
    }

    /// <summary>Kills and removes the tasks of a sandbox that is removed.</summary>
    private async Task RemoveAllAsync(string space, string sandbox)
    {
        foreach (TaskEntry entry in table.List(space).Where(entry => entry.Sandbox == sandbox))
        {
            try
            {
                ShimConnection shim = await entry.Shim.Connection.ConfigureAwait(false);
                await TryKillAsync(shim, entry).ConfigureAwait(false);
                await DeleteAsync(space, entry.Id).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
            {
                // Somebody else has removed it.
            }
        }
    }

    /// <summary>Kills the first process of a task and waits for its end; one that has ended, or was never started, needs none of it.</summary>
    private async Task TryKillAsync(ShimConnection shim, TaskEntry entry)
    {
        StateResponse state = await host.LimitAsync(options.CleanupLimit, $"get state for {entry.Id}", limit => shim.Tasks.StateAsync(entry.Id, "", limit), CancellationToken.None).ConfigureAwait(false);
        if (state.Status is TaskStatus.Stopped or TaskStatus.Created) return;
        try
        {
            await shim.Tasks.KillAsync(entry.Id, Signals.SIGKILL, all: true).ConfigureAwait(false);
        }
        catch (TtrpcException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It has ended meanwhile.
        }
        if (state.Status is TaskStatus.Paused or TaskStatus.Pausing) await shim.Tasks.ResumeAsync(entry.Id).ConfigureAwait(false);
        await shim.Tasks.WaitAsync(entry.Id).ConfigureAwait(false);
    }

    /// <summary>A connection to a shim has ended: its tasks are found again, or cleaned up when the shim is gone.</summary>
    private async Task LostAsync(ShimConnection lost)
    {
        List<Task> work = [sandboxes.LostAsync(lost)];
        foreach (TaskEntry entry in table.All())
            if (entry.Shim.Disconnect(lost) && entry.IsListed)
                work.Add(background.Run($"find the shim of {entry.Id}", () => FindAgainAsync(entry)));
        await Task.WhenAll(work).ConfigureAwait(false);
    }

    /// <summary>Removes a task whose shim is gone, through the shim's own <c>delete</c>, and announces its end.</summary>
    /// <remarks>The caller holds <see cref="TaskEntry.Ending"/>.</remarks>
    private async Task CleanUpAsync(TaskEntry entry)
    {
        ExitResponse answer = new(entry.Summary.Pid, 128 + Signals.SIGKILL, options.Time.GetUtcNow());
        try
        {
            string path = entry.Bundle.ShimProgram;
            ShimProgram program = path.Length > 0 ? ShimProgram.At(path) : ShimProgram.Find("", options.ShimDirectories);
            ExitResponse said = await launcher.DeleteAsync(program, entry.Bundle).ConfigureAwait(false);
            answer = new(said.Pid == 0 ? answer.Pid : said.Pid, said.ExitStatus, said.ExitedAt ?? answer.ExitedAt);
        }
        catch (KeelsonException e)
        {
            options.Failed($"clean up task {entry.Id} after its shim", e);
        }
        entry.NoteExit(answer);
        TaskSummary known = entry.Summary;
        ExitResponse exit = new(known.Pid, known.ExitStatus, known.ExitedAt);
        if (!entry.IsExitTold) await events.PublishAsync(entry.Space, TaskEvents.Exit(entry.Id, entry.Id, exit)).ConfigureAwait(false);
        await events.PublishAsync(entry.Space, TaskEvents.Delete(entry.Id, exit)).ConfigureAwait(false);
        Remove(entry, exit);
    }

    /// <summary>A container has gone from a shim: a shim without others ends, one of ours after a while.</summary>
    private async Task LeaveAsync(ShimConnection shim, TaskEntry left)
    {
        // The shim of a sandbox ends with the sandbox.
        if (left.Sandbox.Length > 0) return;
        string id = left.Id;
        if (!shim.IsOwn)
        {
            await ShutdownAsync(shim, id).ConfigureAwait(false);
            return;
        }
        if (table.All().Exists(entry => entry.Shim.Current == shim)) return;
        lock (shim)
        {
            shim.Idle?.Dispose();
            shim.Idle = options.Time.CreateTimer(_ => background.Run($"end the shim {shim.Address}", () => ShutdownAsync(shim, id)), null, options.Linger, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A shim gets a container: it does not end.</summary>
    private static void Use(ShimConnection shim)
    {
        lock (shim)
        {
            shim.Idle?.Dispose();
            shim.Idle = null;
        }
    }

    private async Task ShutdownAsync(ShimConnection shim, string id)
    {
        try
        {
            await host.LimitAsync(ShutdownLimit, $"shut down the shim of {id}", limit => shim.Tasks.ShutdownAsync(id, limit), CancellationToken.None).ConfigureAwait(false);
        }
        catch (TtrpcException e) when (e.Kind is ErrorKind.Unavailable && e.Code != StatusCode.DeadlineExceeded)
        {
            // It has ended before it could answer.
        }
    }
}
