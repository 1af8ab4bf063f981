using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.Engine.Building;

/// <summary>A work on an engine's own services.</summary>
internal sealed class BuildWork(BuildHost host, string work, string directory) : IBuildWork
{
    private readonly List<string> trees = [], containers = [];
    private readonly List<EngineImage> kept = [];
    private EngineImage? last;
    private bool isCancelled;

    public string Directory => directory;

    public async Task<EngineImage?> FindAsync(string nameOrId, CancellationToken cancel = default)
    {
        try
        {
            EngineImage image = await host.Images.GetAsync(host.Space, nameOrId, cancel).ConfigureAwait(false);
            await host.Images.HoldAsync(host.Space, work, image).ConfigureAwait(false);
            return image;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    public async Task<EngineImage> PullAsync(ImageReference name, ImagePullOptions options, CancellationToken cancel = default)
    {
        EngineImage image = await host.Images.PullAsync(host.Space, name, options, cancel).ConfigureAwait(false);
        await host.Images.HoldAsync(host.Space, work, image).ConfigureAwait(false);
        return image;
    }

    public async Task<EngineImage?> FindMadeAsync(EngineImage? parent, string key)
    {
        if (host.Images.FindMade(host.Space, parent, key) is not { } image) return null;
        try
        {
            await host.Images.HoldAsync(host.Space, work, image).ConfigureAwait(false);
            return image;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Somebody has just removed it.
            return null;
        }
    }

    public Task<EngineImage> MakeAsync(ImageDraft draft, CancellationToken cancel = default) => host.Images.MakeAsync(host.Space, work, draft, cancel);

    public Task AdoptAsync(EngineImage image, EngineImage? parent) => host.Images.AdoptAsync(host.Space, image, parent);

    public void Keep(EngineImage? last) => this.last = last;

    public void Settle()
    {
        if (last is not null) kept.Add(last);
        last = null;
    }

    public void Cancel() => isCancelled = true;

    public Task TagAsync(EngineImage image, ImageReference name, CancellationToken cancel = default) => host.Images.TagAsync(host.Space, image.Id.ToString(), name, cancel);

    public async Task<string> CreateContainerAsync(EngineImage? parent, ContainerSettings settings, HostSettings place, CancellationToken cancel = default)
    {
        parent ??= await MakeAsync(new(null, new() { Created = DateTimeOffset.UnixEpoch, Architecture = Platform.Current.Architecture, Os = Platform.Current.Os, Config = new() }), cancel).ConfigureAwait(false);
        Dictionary<string, string> labels = new(settings.Labels ?? new Dictionary<string, string>()) { [BuildHost.WorkLabel] = work };
        ContainerCreation made = await host.Containers.CreateAsync(new() { Settings = settings with { Image = parent.Id.ToString(), Labels = labels }, Host = place }, cancel).ConfigureAwait(false);
        containers.Add(made.Id);
        return made.Id;
    }

    public async Task<int> RunAsync(string id, Func<StreamChunk, ValueTask> output, CancellationToken cancel = default)
    {
        IAttachedStreams streams = await host.Containers.AttachAsync(id, new(), cancel).ConfigureAwait(false);
        await using (streams.ConfigureAwait(false))
        {
            Task<ContainerExit> end = host.Containers.WaitAsync(id, WaitCondition.NextExit, CancellationToken.None);
            await host.Containers.StartAsync(id, cancel).ConfigureAwait(false);
            try
            {
                while (await streams.ReadAsync(cancel).ConfigureAwait(false) is { } chunk) await output(chunk).ConfigureAwait(false);
                return (await end.WaitAsync(cancel).ConfigureAwait(false)).ExitCode;
            }
            catch
            {
                // Whoever hears it is gone, or has had enough.
                await RemoveContainerAsync(id).ConfigureAwait(false);
                throw;
            }
        }
    }

    public async Task<MadeLayer?> TakeChangesAsync(string id, EngineImage? parent, bool takes, CancellationToken cancel = default)
    {
        ContainerInfo container = host.Containers.Get(id);
        ISnapshotter snapshots = host.Snapshots.Of(host.Space, "", work);
        MountPoints.Remove(await snapshots.MountsAsync(container.SnapshotKey, cancel).ConfigureAwait(false), container);
        return await host.Images.MakeLayerAsync(host.Space, work, container.SnapshotKey, parent?.Config.Rootfs?.DiffIds ?? [], takes, cancel).ConfigureAwait(false);
    }

    public async Task RemoveContainerAsync(string id)
    {
        containers.Remove(id);
        try
        {
            await host.Containers.RemoveAsync(id, force: true, volumes: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Somebody else did.
        }
    }

    public async Task<BuildTree> ViewAsync(EngineImage image, CancellationToken cancel = default)
    {
        string parent = await host.Images.UnpackAsync(host.Space, image, "", work, cancel).ConfigureAwait(false);
        return await OpenAsync((snapshots, key) => snapshots.ViewAsync(key, parent, null, cancel)).ConfigureAwait(false);
    }

    public async Task<BuildTree> PrepareAsync(EngineImage? parent, CancellationToken cancel = default)
    {
        string below = parent is null ? "" : await host.Images.UnpackAsync(host.Space, parent, "", work, cancel).ConfigureAwait(false);
        return await OpenAsync((snapshots, key) => snapshots.PrepareAsync(key, below, null, cancel)).ConfigureAwait(false);
    }

    public async Task<MadeLayer?> CommitAsync(BuildTree tree, EngineImage? parent, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        tree.Dispose();
        MadeLayer? layer = await host.Images.MakeLayerAsync(host.Space, work, tree.Key, parent?.Config.Rootfs?.DiffIds ?? [], takes: true, cancel).ConfigureAwait(false);
        if (layer is not null) trees.Remove(tree.Key);
        return layer;
    }

    public async ValueTask DisposeAsync()
    {
        Settle();
        List<Exception> failures = [];
        ISnapshotter snapshots = host.Snapshots.Of(host.Space);
        // What was to be made when somebody stopped the build.
        if (isCancelled)
            foreach (string id in containers.ToArray()) await TryAsync(() => RemoveContainerAsync(id), failures).ConfigureAwait(false);
        foreach (string tree in trees)
            await TryAsync(() => snapshots.RemoveAsync(tree, CancellationToken.None).AsTask(), failures).ConfigureAwait(false);
        await TryAsync(() => Task.Run(() => System.IO.Directory.Delete(directory, recursive: true)), failures).ConfigureAwait(false);
        await TryAsync(() => host.Images.EndWorkAsync(host.Space, work, kept), failures).ConfigureAwait(false);
        if (failures.Count > 0) throw new AggregateException($"end build {work}", failures);
    }

    private async Task<BuildTree> OpenAsync(Func<ISnapshotter, string, ValueTask<IReadOnlyList<Mount>>> make)
    {
        string key = $"{work}-{Guid.NewGuid():N}";
        IReadOnlyList<Mount> mounts = await make(host.Snapshots.Of(host.Space, "", work), key).ConfigureAwait(false);
        trees.Add(key);
        return new(key, RootView.Open(mounts));
    }

    private static async Task TryAsync(Func<Task> action, List<Exception> failures)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It is gone already.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            failures.Add(e);
        }
    }
}
