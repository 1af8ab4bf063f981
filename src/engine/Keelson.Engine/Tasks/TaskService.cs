using Keelson.Content;
using Keelson.Engine.Sandboxes;
using Keelson.Engine.Snapshots;
using Keelson.Engine.Tasks.Bundles;
using Keelson.Engine.Tasks.Events;
using Keelson.Engine.Tasks.Restarts;
using Keelson.Engine.Tasks.Shims;
using Keelson.Engine.Tasks.Watching;
using Keelson.Shim.Api;

namespace Keelson.Engine.Tasks;

/// <summary>Runs containers through shims, as containerd 1.6 does.</summary>
internal sealed partial class TaskService : ITaskService, IAsyncDisposable
{
    /// <summary>How long the start of the engine waits for shims; those that answer later are known later.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(1);

    private readonly TaskServiceOptions options;
    private readonly TaskTable table = new();
    private readonly BundleStore bundles;
    private readonly DescriptorWatcher watcher = new();
    private readonly ShimLauncher launcher;
    private readonly ShimPool shims;
    private readonly EventReceiver events;
    private readonly KeyedLock launches = new();
    private readonly BackgroundTasks background;
    private readonly CancellationTokenSource stop = new(), monitoring = new();
    private readonly RestartMonitor restarts;
    private readonly string address;
    private readonly ShimHost host;
    private readonly SandboxService sandboxes;

    /// <summary>Makes the service; nothing runs before <see cref="OpenAsync"/>.</summary>
    /// <exception cref="KeelsonException">A directory could not be made.</exception>
    public TaskService(EngineOptions engine, MetadataDatabase database, ISnapshotService snapshots)
    {
        options = engine.Tasks;
        address = options.Address.Length > 0 ? options.Address : engine.State + "/containerd.sock";
        string eventAddress = address + ".ttrpc";
        background = new(options.Failed);
        bundles = new(engine.State, engine.Root);
        launcher = new(options, address, eventAddress, watcher);
        shims = new(LostAsync);
        events = new(eventAddress, database.Events, options.Time, Noticed);
        restarts = new(database, this, snapshots, options);
        host = new(options, launcher, shims, events, watcher, background, stop.Token);
        sandboxes = new(host, new(engine.State, engine.Root, BundleStore.SandboxName), RemoveAllAsync);
    }

    /// <summary>Hears shims from now on, and finds those that run. Who takes longer than a second is awaited by calls for its tasks alone.</summary>
    /// <exception cref="KeelsonException">Unavailable: another daemon hears events here.</exception>
    public async Task OpenAsync(CancellationToken cancel)
    {
        await events.StartAsync().ConfigureAwait(false);
        List<Task> found = sandboxes.FindAll();
        foreach (TaskBundle bundle in bundles.Scan(options.Failed))
        {
            TaskEntry entry = new(bundle.Space, bundle.Id) { Bundle = bundle, Sandbox = bundle.Sandbox, IsListed = true };
            table.TryAdd(entry);
            found.Add(background.Run($"find the shim of {bundle.Id}", () => FindAgainAsync(entry)));
        }
        await Task.WhenAny(Task.WhenAll(found), Task.Delay(StartPatience, options.Time, cancel)).ConfigureAwait(false);
        _ = background.Run("restart monitor", () => restarts.RunAsync(monitoring.Token));
    }

    /// <summary>Sandboxes: they are run by the same shims.</summary>
    public ISandboxService Sandboxes => sandboxes;

    /// <inheritdoc/>
    public IReadOnlyList<TaskSummary> List(string space) => table.List(space).ConvertAll(entry => entry.Summary);

    /// <summary>Ends what runs here. Shims and containers go on.</summary>
    public async ValueTask DisposeAsync()
    {
        await monitoring.CancelAsync().ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await events.DisposeAsync().ConfigureAwait(false);
        await shims.DisposeAsync().ConfigureAwait(false);
        foreach (TaskEntry entry in table.All()) entry.End(new ExitResponse(0, 0, null));
        sandboxes.Leave();
        await background.DisposeAsync().ConfigureAwait(false);
        watcher.Dispose();
        monitoring.Dispose();
        stop.Dispose();
    }

    private async Task<(TaskEntry Entry, ShimConnection Shim)> ReachAsync(string space, string id, CancellationToken cancel)
    {
        TaskEntry entry = table.Get(space, id);
        return (entry, await entry.Shim.Connection.WaitAsync(cancel).ConfigureAwait(false));
    }
}
