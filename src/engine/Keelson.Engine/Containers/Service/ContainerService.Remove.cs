using Keelson.Content;
using Keelson.Linux.Sys;
using Keelson.Protobuf;

namespace Keelson.Engine.Containers;

/// <summary>Removing and renaming.</summary>
internal sealed partial class ContainerService
{
    public async Task RemoveAsync(string nameOrId, bool force = false, bool volumes = false, CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        if (force) await KillFirstAsync(container, cancel).ConfigureAwait(false);
        IDisposable turn;
        try
        {
            turn = await container.EnterAsync(cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound && force)
        {
            // Its end removed it.
            return;
        }
        using (turn)
        {
            ContainerState state = container.Info.State;
            if (state.Status == ContainerStatus.Paused) throw new KeelsonException(ErrorKind.FailedPrecondition, $"You cannot remove a paused container {container.Id}. Unpause and then stop the container before attempting removal or force remove");
            if (state.IsRunning) throw new KeelsonException(ErrorKind.FailedPrecondition, $"You cannot remove a running container {container.Id}. Stop the container before attempting removal or force remove");
            if (state.Status == ContainerStatus.Restarting && !force) throw new KeelsonException(ErrorKind.FailedPrecondition, $"You cannot remove a restarting container {container.Id}. Stop the container before attempting removal or force remove");
            await RemoveAsync(container, volumes, []).ConfigureAwait(false);
        }
    }

    public async Task RenameAsync(string nameOrId, string name, CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        name = ContainerName.Parse("container", name);
        using IDisposable turn = await container.EnterAsync(cancel).ConfigureAwait(false);
        ContainerInfo info = container.Info;
        if (info.Name == name) throw new KeelsonException(ErrorKind.InvalidArgument, "Renaming a container with the same name as its current name");
        table.Reserve(name, info.Id);
        try
        {
            ContainerInfo changed = info with { Name = name };
            await ChangeAsync(container, changed, [Event(changed, "rename", ("oldName", "/" + info.Name))]).ConfigureAwait(false);
        }
        catch
        {
            table.Release(name, info.Id);
            throw;
        }
        await networks.RenameAsync(info.Id, NamesOf(container.Info)).ConfigureAwait(false);
        table.Release(info.Name, info.Id);
    }

    public async Task<PruneReport> PruneAsync(Func<ContainerInfo, bool>? filter = null, CancellationToken cancel = default)
    {
        List<string> removed = [];
        long freed = 0;
        foreach (ContainerInfo info in List())
        {
            cancel.ThrowIfCancellationRequested();
            if (info.State.Status is not (ContainerStatus.Created or ContainerStatus.Exited or ContainerStatus.Dead) || filter is not null && !filter(info)) continue;
            try
            {
                long size = (await Snapshotter(info).UsageAsync(info.SnapshotKey, cancel).ConfigureAwait(false)).SizeBytes;
                await RemoveAsync(info.Id, cancel: cancel).ConfigureAwait(false);
                removed.Add(info.Id);
                freed += size;
            }
            catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.FailedPrecondition)
            {
                // It was started or removed meanwhile.
            }
        }
        return new(removed, freed);
    }

    private async Task KillFirstAsync(ManagedContainer container, CancellationToken cancel)
    {
        Task<ContainerExit> ended;
        try
        {
            using IDisposable turn = await container.EnterAsync(cancel).ConfigureAwait(false);
            if (!await BeginStopAsync(container).ConfigureAwait(false)) return;
            ended = container.NextExit;
            await SendAsync(container, Signals.SIGKILL).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            return;
        }
        await EndAsync(container, ended).ConfigureAwait(false);
    }

    private async Task RemoveQuietlyAsync(ManagedContainer container)
    {
        try
        {
            using IDisposable turn = await container.EnterAsync(stop.Token).ConfigureAwait(false);
            if (!container.Info.State.IsRunning) await RemoveAsync(container, volumes: true, []).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Somebody else removed it.
        }
    }

    /// <summary>Removes a container that does not run. The caller has the turn.</summary>
    /// <param name="container">The container.</param>
    /// <param name="volumes">Its unnamed volumes, too.</param>
    /// <param name="before">Events that come with the removal.</param>
    private async Task RemoveAsync(ManagedContainer container, bool volumes, IReadOnlyList<EventDraft> before)
    {
        CancelRestart(container);
        ContainerInfo info = container.Info;
        options.Step?.Invoke("keep log");
        removed.Keep(info, container.Log);
        ContainerInfo removing = info with { State = info.State with { Status = ContainerStatus.Removing } };
        MountPoint[] anonymous = volumes ? [.. info.Mounts.Where(mount => mount.IsAnonymous)] : [];
        // Volumes outlive the record, so that it is written down first that they go.
        if (anonymous.Length > 0) await ChangeAsync(container, removing, [], removesVolumes: true).ConfigureAwait(false);
        else container.Info = removing;
        foreach (MountPoint mount in anonymous) await RemoveVolumeAsync(container, mount.Name).ConfigureAwait(false);
        options.Step?.Invoke("delete record");
        ProtobufWriter deleted = new();
        deleted.Text(1, info.Id);
        EventDraft[] events = [.. before, Event(info, "destroy"), new(Namespace, "/containers/delete", "containerd.events.ContainerDelete", deleted.ToArray())];
        try
        {
            // Both are in one write of the log.
            Task record = store.DeleteAsync(info.Id, events), root = RemoveRootAsync(info);
            await Task.WhenAll(record, root).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Somebody removed the record through containerd's API.
        }
        catch
        {
            container.Info = info with { State = info.State with { Status = ContainerStatus.Dead } };
            removed.Undo(info.Id);
            throw;
        }
        options.Step?.Invoke("delete files");
        // Clients that waited for a start wait in vain.
        container.Hub.End();
        container.Log.Dispose();
        await TryAsync($"remove the files of container {info.Id}", () =>
        {
            RemoveFolders(info.Id);
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        // One that was made and never started holds what was filled for it.
        foreach (MountPoint point in info.Mounts.Where(point => point.Type == "volume"))
            await TryAsync($"give back volume {point.Name}", () => this.volumes.UnmountAsync(point.Name, info.Id, null, VolumesInUse(info, []))).ConfigureAwait(false);
        container.IsRemoved = true;
        table.Remove(info.Id);
        foreach (string exec in container.Execs.Keys) execs.TryRemove(exec, out _);
        container.Removed.TrySetResult(new(info.State.ExitCode, info.State.Error));
    }

    private async Task RemoveVolumeAsync(ManagedContainer container, string name)
    {
        if (table.All.Any(other => other != container && other.Info.Mounts.Any(mount => mount.Name == name))) return;
        // It no longer counts as a user.
        container.Info = container.Info with { Mounts = [.. container.Info.Mounts.Where(mount => mount.Name != name)] };
        await TryAsync($"remove volume {name}", () => volumes.RemoveAsync(name, force: true)).ConfigureAwait(false);
    }

    private void RemoveFolders(string id)
    {
        string state = $"{stateDirectory}/{id}", files = $"{directory}/{id}";
        if (Directory.Exists(state))
        {
            foreach (string mount in (ReadOnlySpan<string>)["/shm", "/rootfs"])
                if (Directory.Exists(state + mount)) Keelson.Snapshots.MountSet.Unmount(state + mount, isLazy: true);
            Directory.Delete(state, recursive: true);
        }
        if (Directory.Exists(files)) Directory.Delete(files, recursive: true);
    }
}
