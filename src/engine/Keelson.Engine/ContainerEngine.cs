using Keelson.Content;
using Keelson.Engine.Containers;
using Keelson.Engine.Diff;
using Keelson.Engine.Images;
using Keelson.Engine.Networks;
using Keelson.Engine.Sandboxes;
using Keelson.Engine.Snapshots;
using Keelson.Engine.Tasks;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Engine;

/// <summary>An engine: its stores, and what works on them. One process at a time has the directories.</summary>
public sealed partial class ContainerEngine : IAsyncDisposable
{
    /// <summary>How long a task that is no container of docker's clients may take to end.</summary>
    private static readonly TimeSpan TaskPatience = TimeSpan.FromSeconds(10);

    private readonly TaskService tasks;
    private readonly NetworkService networks;
    private readonly ContainerService containers;

    private ContainerEngine(EngineOptions options, MetadataDatabase database, SnapshotService snapshots)
    {
        Options = options;
        Database = database;
        Snapshots = snapshots;
        Diffs = new(database, options.Differs);
        tasks = new(options, database, snapshots);
        Images = new(database, snapshots, options.Images);
        networks = new(options.Networks, options.Root, options.State, database.Events, options.Containers.Namespace, options.Containers.Failed);
        containers = new(options.Containers, options.Root, options.State, database, tasks, snapshots, Images, networks);
    }

    /// <summary>What the engine was opened with.</summary>
    public EngineOptions Options { get; }

    /// <summary>Content, metadata and events.</summary>
    public MetadataDatabase Database { get; }

    /// <summary>Trees of images and containers.</summary>
    public SnapshotService Snapshots { get; }

    /// <summary>Layers made of snapshots, and snapshots of layers.</summary>
    public DiffService Diffs { get; }

    /// <summary>Containers that run.</summary>
    public ITaskService Tasks => tasks;

    /// <summary>Groups of containers that share namespaces.</summary>
    public ISandboxService Sandboxes => tasks.Sandboxes;

    /// <summary>Images.</summary>
    public ImageService Images { get; }

    /// <summary>Containers with names, as people type them; known after <see cref="StartAsync"/>.</summary>
    public IContainerService Containers => containers;

    /// <summary>Opens an engine, and puts right what a crash left.</summary>
    /// <exception cref="KeelsonException">Unavailable: another process has it open. DataLoss: the metadata are damaged.</exception>
    public static async Task<ContainerEngine> OpenAsync(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        MetadataDatabase database = MetadataDatabase.Open(options.Metadata);
        try
        {
            return new(options, database, await SnapshotService.OpenAsync(database, options.Root + "/snapshotters", options.Snapshots).ConfigureAwait(false));
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Hears shims from now on, and finds the containers that run. Shims that take longer than a second are waited for by calls for their containers alone.</summary>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="KeelsonException">Unavailable: another process hears the shims here.</exception>
    public async Task StartAsync(CancellationToken cancel = default)
    {
        await tasks.OpenAsync(cancel).ConfigureAwait(false);
        HashSet<string> running = [.. tasks.List(Containers.Namespace).Where(task => task.Status is TaskStatus.Running or TaskStatus.Paused or TaskStatus.Pausing).Select(task => task.Id)];
        await networks.OpenAsync(running.Contains, cancel).ConfigureAwait(false);
        await containers.OpenAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Ends all that runs, in all namespaces, because the machine goes down: containers as their settings say, other tasks with SIGTERM and, after <see cref="TaskPatience"/>, SIGKILL.
    /// Restart policies hold: what they name is started by the next engine. Nothing is started any more by this one.
    /// </summary>
    public Task StopContainersAsync() => Task.WhenAll(containers.StopAllAsync(), tasks.StopAllAsync(Containers.Namespace, TaskPatience));

    /// <summary>How long <see cref="StopContainersAsync"/> can take; <see cref="Timeout.InfiniteTimeSpan"/>: a container is not to be killed.</summary>
    public TimeSpan StopLimit => containers.StopLimit is var limit && limit == Timeout.InfiniteTimeSpan || limit > TaskPatience ? limit : TaskPatience;

    /// <summary>Closes the stores. Containers run on.</summary>
    public async ValueTask DisposeAsync()
    {
        await containers.DisposeAsync().ConfigureAwait(false);
        await networks.DisposeAsync().ConfigureAwait(false);
        await tasks.DisposeAsync().ConfigureAwait(false);
        Images.Dispose();
        await Snapshots.DisposeAsync().ConfigureAwait(false);
        foreach (ILayerDiffer differ in Options.Differs) (differ as IDisposable)?.Dispose();
        await Database.DisposeAsync().ConfigureAwait(false);
    }
}
