using System.Globalization;
using Keelson.Content;
using Keelson.Engine.Snapshots;
using Keelson.Linux.Sys;
using Keelson.Protobuf;
using Keelson.Shim.Api;
using Keelson.Snapshots;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Engine.Tasks.Restarts;

/// <summary>Brings tasks into the state that the labels of their containers name, every so often, as containerd's restart monitor.</summary>
/// <param name="database">Containers.</param>
/// <param name="tasks">Their tasks.</param>
/// <param name="snapshots">Their root file systems.</param>
/// <param name="options">Interval, clock, and who hears of failures.</param>
internal sealed class RestartMonitor(MetadataDatabase database, ITaskService tasks, ISnapshotService snapshots, TaskServiceOptions options)
{
    private static readonly Filter Labelled = Filter.Parse($"labels.\"{RestartLabels.Status}\"");

    /// <summary>Looks until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        if (options.RestartInterval <= TimeSpan.Zero) return;
        using PeriodicTimer timer = new(options.RestartInterval, options.Time);
        try
        {
            do await ReconcileAsync(cancel).ConfigureAwait(false);
            while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The engine closes.
        }
    }

    /// <summary>Looks at all containers once. One that fails is told and tried again the next time.</summary>
    public Task ReconcileAsync(CancellationToken cancel) => Task.WhenAll(database.Namespaces.List().ToArray().SelectMany(space => Select(space.Name, cancel)));

    private IEnumerable<Task> Select(string space, CancellationToken cancel)
    {
        ContainerRecord[] containers = [.. database.Containers(space).List(Labelled)];
        if (containers.Length == 0) return [];
        Dictionary<string, TaskSummary> known = tasks.List(space).ToDictionary(task => task.Id, StringComparer.Ordinal);
        return containers.Select(container => BringAsync(space, container, known.GetValueOrDefault(container.Id), cancel)).ToArray();
    }

    private async Task BringAsync(string space, ContainerRecord container, TaskSummary? task, CancellationToken cancel)
    {
        try
        {
            switch (container.Labels.GetValueOrDefault(RestartLabels.Status, ""))
            {
                case "running" when task is null or { Status: TaskStatus.Stopped }:
                    if (RestartPolicy.WantsStart(container.Labels, task)) await StartAsync(space, container, task is not null, cancel).ConfigureAwait(false);
                    break;
                case "stopped" when task is not null and not { Status: TaskStatus.Stopped }:
                    await EndAsync(space, container.Id, cancel).ConfigureAwait(false);
                    break;
            }
        }
        catch (Exception e) when (e is KeelsonException or IOException)
        {
            options.Failed($"restart monitor: container {container.Id} of {space}", e);
        }
    }

    private async Task StartAsync(string space, ContainerRecord container, bool hasTask, CancellationToken cancel)
    {
        // Counted before it is done: one that cannot be started does not try for ever.
        string count = (RestartPolicy.Count(container.Labels) + 1).ToString(CultureInfo.InvariantCulture);
        await database.Containers(space).UpdateAsync(container.Id, row => row with { Labels = LabelSet.From(row.Labels.Where(label => label.Key != RestartLabels.Count).Append(new(RestartLabels.Count, count))) }, row => Updated(space, row)).ConfigureAwait(false);
        if (hasTask) await EndAsync(space, container.Id, cancel).ConfigureAwait(false);
        ContainerDefinition definition = ContainerDefinition.Of(container);
        string log = container.Labels.GetValueOrDefault(RestartLabels.LogUri, "");
        if (log.Length == 0 && container.Labels.GetValueOrDefault(RestartLabels.LogPath, "") is { Length: > 0 } path) log = "file://" + path;
        await tasks.CreateAsync(space, new(container.Id, definition.Spec.Value, new("", log, log, false))
        {
            Runtime = container.RuntimeName, Sandbox = container.SandboxId, Options = definition.Options, Rootfs = await RootfsAsync(space, container, cancel).ConfigureAwait(false),
        }, cancel).ConfigureAwait(false);
        await tasks.StartAsync(space, container.Id, "", cancel).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<MountEntry>> RootfsAsync(string space, ContainerRecord container, CancellationToken cancel)
    {
        if (container.SnapshotKey.Length == 0) return [];
        IReadOnlyList<Mount> mounts = await snapshots.Of(space, container.Snapshotter).MountsAsync(container.SnapshotKey, cancel).ConfigureAwait(false);
        return [.. mounts.Select(mount => new MountEntry(mount.Type, mount.Source, mount.Target, mount.Options))];
    }

    /// <summary>Kills a task, waits for its end and deletes it.</summary>
    private async Task EndAsync(string space, string id, CancellationToken cancel)
    {
        try
        {
            Task<ExitResponse> ended = tasks.WaitAsync(space, id, "", cancel);
            try
            {
                await tasks.KillAsync(space, id, Signals.SIGKILL, "", all: true, cancel).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
            {
                // It has ended; the wait says so at once.
            }
            await ended.ConfigureAwait(false);
            await tasks.DeleteAsync(space, id, "", cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Somebody else deleted it meanwhile.
        }
    }

    private static EventDraft Updated(string space, ContainerRecord row)
    {
        // containerd.events.ContainerUpdate: id 1, image 2, labels 3, snapshot_key 4.
        ProtobufWriter message = new();
        message.TextIfSet(1, row.Id);
        message.TextIfSet(2, row.Image);
        foreach ((string key, string value) in row.Labels)
        {
            ProtobufWriter label = new();
            label.TextIfSet(1, key);
            label.TextIfSet(2, value);
            message.Message(3, label);
        }
        message.TextIfSet(4, row.SnapshotKey);
        return new(space, "/containers/update", "containerd.events.ContainerUpdate", message.ToArray());
    }
}
