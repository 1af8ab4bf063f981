using Keelson.Content;
using Keelson.Engine.Tasks;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Engine.Containers;

/// <summary>Containers of an engine that was closed or killed: known again, attached again, and put right.</summary>
internal sealed partial class ContainerService
{
    /// <summary>Reads all containers, goes on with those that run, and does what a crash or the end of the machine left undone.</summary>
    public async Task OpenAsync()
    {
        List<(ManagedContainer Container, bool RemovesVolumes)> found = [];
        foreach (ContainerRecord record in store.List())
        {
            try
            {
                if (ContainerRecords.Read(record, directory, out bool removesVolumes) is not { } info) continue;
                ManagedContainer container = Add(info);
                table.Reserve(info.Name, info.Id);
                found.Add((container, removesVolumes));
            }
            catch (KeelsonException e)
            {
                // One that cannot be read does not keep the others from being.
                options.Failed($"read container {record.Id}", e);
            }
        }
        RemoveStrangers();
        removed.Open(found.Select(container => container.Container.Id).ToHashSet(StringComparer.Ordinal));
        Dictionary<string, TaskSummary> running = tasks.List(Namespace).ToDictionary(task => task.Id, StringComparer.Ordinal);
        // Streams first, of all of them: whoever writes waits for a reader.
        List<Task> work = [];
        foreach ((ManagedContainer container, bool removesVolumes) in found)
        {
            TaskSummary? task = running.GetValueOrDefault(container.Id);
            if (container.Info.State.IsRunning && task is not null && task.Status != TaskStatus.Created) await TryAsync($"attach to container {container.Id}", () => ReattachAsync(container, task)).ConfigureAwait(false);
            else if (NeedsWork(container.Info, task)) work.Add(background.Run($"recover container {container.Id}", () => RecoverAsync(container, task, removesVolumes)));
        }
        // The first container does not wait for it then.
        if (appArmor is not null) _ = background.Run("load the profile of containers", appArmor.EnsureLoadedAsync);
        _ = background.Run("hear of containers out of memory", HearAsync);
        await Task.WhenAll(work).ConfigureAwait(false);
        // Plug-ins may take their time, or be containers that start only now.
        _ = background.Run("put right volumes of plug-ins", () => volumes.RecoverAsync(id => table.All.Any(container => container.Id == id && container.Info.State.IsRunning)));
    }

    private static bool NeedsWork(ContainerInfo info, TaskSummary? task) =>
        task is not null || info.State.Status is not (ContainerStatus.Created or ContainerStatus.Exited) || info.Host.AutoRemove || info.Host.RestartPolicy.Name is "always" or "unless-stopped";

    private async Task ReattachAsync(ManagedContainer container, TaskSummary task)
    {
        ContainerInfo info = container.Info;
        ContainerStatus status = task.Status is TaskStatus.Paused or TaskStatus.Pausing ? ContainerStatus.Paused : ContainerStatus.Running;
        if (task.Status is not (TaskStatus.Stopped or TaskStatus.Unknown) && (status != info.State.Status || task.Pid != info.State.Pid))
            await ChangeAsync(container, info with { State = info.State with { Status = status, Pid = task.Pid } }, [], isLazy: true).ConfigureAwait(false);
        ContainerRun run = OpenRun(container);
        run.OpenOutput();
        run.OpenInput();
        container.Run = run;
        Watch(container, run);
    }

    private async Task RecoverAsync(ManagedContainer container, TaskSummary? task, bool removesVolumes)
    {
        using IDisposable turn = await container.EnterAsync(stop.Token).ConfigureAwait(false);
        ContainerInfo info = container.Info;
        if (info.State.Status is ContainerStatus.Removing or ContainerStatus.Dead)
        {
            await DeleteTaskAsync(info.Id).ConfigureAwait(false);
            await RemoveAsync(container, removesVolumes, []).ConfigureAwait(false);
            return;
        }
        // A start that did not come to its end, or an end that was not written down.
        if (task is not null) await EndLeftTaskAsync(container, task).ConfigureAwait(false);
        if (container.IsRemoved) return;
        info = container.Info;
        if (info.State.IsRunning)
        {
            await NoteExitAsync(container, UnknownExit, null, []).ConfigureAwait(false);
            return;
        }
        if (info.Host.AutoRemove)
        {
            await RemoveAsync(container, volumes: true, []).ConfigureAwait(false);
            return;
        }
        bool starts = info.State.Status == ContainerStatus.Restarting || info.State.Status == ContainerStatus.Exited
            && (info.Host.RestartPolicy.Name == "always" || info.Host.RestartPolicy.Name == "unless-stopped" && !info.State.IsStoppedByHand);
        if (starts && container.Restart is null) PlanRestart(container, ranLong: true);
    }

    private async Task EndLeftTaskAsync(ManagedContainer container, TaskSummary task)
    {
        ContainerInfo info = container.Info;
        if (task.Status == TaskStatus.Running && info.State.Status is ContainerStatus.Created or ContainerStatus.Exited or ContainerStatus.Restarting)
        {
            // It was started, and the daemon was killed before it could say so.
            ContainerInfo changed = info with { State = Started(info, task.Pid, info.State.RestartCount) };
            await ChangeAsync(container, changed, [Event(changed, "start")], isLazy: true).ConfigureAwait(false);
            ContainerRun again = OpenRun(container);
            again.OpenOutput();
            again.OpenInput();
            container.Run = again;
            Watch(container, again);
            return;
        }
        if (task.Status != TaskStatus.Stopped)
        {
            await DeleteTaskAsync(info.Id).ConfigureAwait(false);
            return;
        }
        ContainerRun run = OpenRun(container);
        container.Run = run;
        await EndRunAsync(container, run, new(task.Pid, task.ExitStatus, task.ExitedAt)).ConfigureAwait(false);
    }

    /// <summary>Removes directories whose container has no record.</summary>
    private void RemoveStrangers()
    {
        HashSet<string> known = [.. store.List().Select(record => record.Id)];
        foreach (string folder in (ReadOnlySpan<string>)[directory, stateDirectory])
            foreach (string path in Directory.EnumerateDirectories(folder))
            {
                string id = Path.GetFileName(path);
                if (known.Contains(id)) continue;
                try
                {
                    RemoveFolders(id);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeelsonException)
                {
                    options.Failed($"remove the files of container {id}", e);
                }
            }
    }
}
