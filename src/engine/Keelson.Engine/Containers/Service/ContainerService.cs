using System.Collections.Concurrent;
using Keelson.Content;
using Keelson.Engine.Images;
using Keelson.Engine.Networks;
using Keelson.Engine.Snapshots;
using Keelson.Engine.Tasks;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Snapshots;

namespace Keelson.Engine.Containers;

/// <summary>Containers of one namespace.</summary>
/// <remarks>
/// <code>
///   ROOT/containers/ID/hostname, hosts, resolv.conf    bound into it
///   ROOT/containers/ID/ID-json.log                     its log
///   ROOT/volumes/NAME/_data                            volumes
///   ROOT/removed/ID                                    logs of removed containers
///   ROOT/plugin-volumes                                what is known of volumes of plug-ins
///   STATE/containers/ID/stdin, stdout, stderr          fifos while it runs
///   STATE/containers/ID/shm                            shared memory that others may join
/// </code>
/// Everything else is in the metadata: one record a container. A change is one transaction there, with the events that announce it.
/// </remarks>
internal sealed partial class ContainerService : IContainerService, IAsyncDisposable
{
    private readonly ContainerServiceOptions options;
    private readonly MetadataDatabase database;
    private readonly ContainerStore store;
    private readonly ITaskService tasks;
    private readonly ISnapshotService snapshots;
    private readonly IImageService images;
    private readonly VolumeService volumes;
    private readonly JournalSender journal;
    private readonly ContainerLogs logs;
    private readonly RemovedContainers removed;
    private readonly MachineFacts machine;
    private readonly DefaultAppArmor? appArmor;
    private readonly CgroupPlace cgroups;
    private readonly TypedMessage? shimOptions;
    private readonly NameTable<ManagedContainer> table = new();
    private readonly ConcurrentDictionary<string, ExecProcess> execs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IReadOnlyList<MountPoint>> beingMade = new(StringComparer.Ordinal);
    private readonly AccountCache accounts = new();
    private readonly StreamPoller poller = new();
    private readonly BackgroundTasks background;
    private readonly CancellationTokenSource stop = new();
    private readonly string directory, stateDirectory;
    /// <summary>Whether the machine goes down: nothing is started again.</summary>
    private volatile bool isGoingDown;

    /// <summary>Makes the service; containers are known after <see cref="OpenAsync"/>.</summary>
    /// <param name="options">How containers are kept.</param>
    /// <param name="root">The directory of what must stay.</param>
    /// <param name="state">The directory of what goes with the machine's next start.</param>
    /// <param name="database">Records and events.</param>
    /// <param name="tasks">Runs them.</param>
    /// <param name="snapshots">Their roots.</param>
    /// <param name="images">What they are made from.</param>
    /// <param name="networks">What they join.</param>
    public ContainerService(ContainerServiceOptions options, string root, string state, MetadataDatabase database, ITaskService tasks, ISnapshotService snapshots, IImageService images, NetworkService networks)
    {
        this.options = options;
        this.database = database;
        this.tasks = tasks;
        this.snapshots = snapshots;
        this.images = images;
        this.networks = networks;
        appArmor = options.Machine is null ? DefaultAppArmor.Find() : null;
        machine = options.Machine ?? MachineFacts.Read() with { AppArmorProfile = appArmor is null ? null : DefaultAppArmor.Name };
        cgroups = new(options.CgroupDriver, options.CgroupParent);
        ShimOptions shim = new() { Root = options.RuntimeRoot, SystemdCgroup = options.CgroupDriver == CgroupDriver.Systemd };
        shimOptions = shim == new ShimOptions() ? null : shim.ToMessage();
        store = database.Containers(options.Namespace);
        background = new(options.Failed);
        directory = root + "/containers";
        stateDirectory = state + "/containers";
        foreach (string path in (ReadOnlySpan<string>)[directory, stateDirectory])
        {
            // Of an older release it may be open to others (CVE-2024-25621).
            Files.TryMakeDirectories(path, 0b111_000_000).ThrowIfError("make directory", path);
            Files.TryChangeMode(path, 0b111_000_000).ThrowIfError("chmod", path);
        }
        journal = new(options.JournalSocket, () =>
        {
            foreach (ManagedContainer container in table.All) container.Hub.Resume();
        });
        logs = new(options.Time, journal);
        removed = new(root + "/removed", options.Time, logs.Open, options.Failed);
        volumes = new(root, options, database.Events, UsersOf, volume => [.. table.All.Where(container => container.Info.State.IsRunning && Uses(container.Info, volume)).Select(container => container.Id)]);
    }

    public string Namespace => options.Namespace;

    public string LogDriver => options.Logs.Driver;

    public CgroupDriver CgroupDriver => options.CgroupDriver;

    public bool HasAppArmor => appArmor is not null;

    public string? AppArmorProfileOf(ContainerInfo container)
    {
        ArgumentNullException.ThrowIfNull(container);
        return SpecBuilder.AppArmorProfile(container.Host, SecurityOptions.Parse(container.Host.SecurityOpt), machine);
    }

    public IVolumeService Volumes => volumes;

    public IRemovedContainers Removed => removed;

    public ContainerInfo Get(string nameOrId) => Shown(table.Get(nameOrId));

    public IReadOnlyList<ContainerInfo> List()
    {
        ManagedContainer[] all = table.All;
        ContainerInfo[] list = new ContainerInfo[all.Length];
        for (int i = 0; i < all.Length; i++) list[i] = Shown(all[i]);
        Array.Sort(list, (one, other) => other.CreatedAt.CompareTo(one.CreatedAt));
        return list;
    }

    /// <summary>Ends what runs here. Containers go on.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        volumes.Dispose();
        await background.DisposeAsync().ConfigureAwait(false);
        appArmor?.Dispose();
        poller.Dispose();
        foreach (ManagedContainer container in table.All) container.Log.Dispose();
        journal.Dispose();
        stop.Dispose();
    }

    private static ContainerInfo Shown(ManagedContainer container)
    {
        ContainerInfo info = container.Info;
        return !container.HadExecs ? info : info with { ExecIds = [.. container.Execs.Values.Where(exec => !exec.Exit.Task.IsCompleted).OrderBy(exec => exec.CreatedAt).Select(exec => exec.Id)] };
    }

    private ISnapshotter Snapshotter(ContainerInfo info) => snapshots.Of(Namespace, info.Snapshotter);

    private static bool Uses(ContainerInfo info, string volume) => info.Mounts.Any(mount => mount.Type == "volume" && mount.Name == volume);

    private List<string> UsersOf(string volume)
    {
        List<string> users = [.. table.All.Where(container => Uses(container.Info, volume)).Select(container => container.Id)];
        users.AddRange(beingMade.Where(made => made.Value.Any(mount => mount.Name == volume)).Select(made => made.Key));
        return users;
    }

    private ManagedContainer Add(ContainerInfo info)
    {
        ManagedContainer container = new(info, logs.Open(info));
        table.Add(info.Id, container);
        return container;
    }

    /// <summary>Changes a container in the metadata and here, with events.</summary>
    private async Task ChangeAsync(ManagedContainer container, ContainerInfo changed, IReadOnlyList<EventDraft> events, bool isLazy = false, byte[]? spec = null, bool removesVolumes = false)
    {
        options.Step?.Invoke("change " + changed.State.Status);
        await store.ChangeAsync(container.Id, record => record with { Payload = ContainerRecords.Payload(changed, spec ?? ContainerRecords.Spec(record), removesVolumes) }, events, isLazy).ConfigureAwait(false);
        container.Info = changed;
    }

    private EventDraft Event(ContainerInfo info, string action, params ReadOnlySpan<(string Key, string Value)> more) => DockerEvents.Container(Namespace, info, action, more);

    /// <summary>Announces something that changes no record. A loss of power may lose it.</summary>
    private Task TellAsync(ContainerInfo info, string action, params ReadOnlySpan<(string Key, string Value)> more) => database.Events.PublishAsync(Event(info, action, more), isLazy: true);

    private async Task TryAsync(string what, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            options.Failed(what, e);
        }
    }
}
