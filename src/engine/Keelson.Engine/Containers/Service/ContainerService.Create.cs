using System.Security.Cryptography;
using Keelson.Content;
using Keelson.Engine.Images;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Protobuf;
using Keelson.Snapshots;

namespace Keelson.Engine.Containers;

/// <summary>Making containers.</summary>
internal sealed partial class ContainerService
{
    public async Task<ContainerCreation> CreateAsync(ContainerCreateOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> warnings = [];
        string id = RandomNumberGenerator.GetHexString(64, lowercase: true);
        HostSettings asked = options.Host with { UsernsMode = options.Host.UsernsMode.Length > 0 ? options.Host.UsernsMode : this.options.UsernsMode, LogConfig = options.Host.LogConfig.Or(this.options.Logs) };
        HostSettings host = SettingsCheck.Run(asked, options.Settings, machine, networks.Default, warnings);
        cgroups.Check(host.CgroupParent);
        EngineImage image = await FindImageAsync(options.Settings.Image, cancel).ConfigureAwait(false);
        ContainerSettings settings = ImageDefaults.Fill(options.Settings, image.Config.Config ?? new(), id, host, machine.Hostname);
        host = ResolveContainers(host, settings);
        IReadOnlyDictionary<string, EndpointSettings> joined = NetworkPlan.Make(host, settings, options.Networks, networks);
        string? wanted = string.IsNullOrEmpty(options.Name) ? null : ContainerName.Parse("container", options.Name);
        IReadOnlyList<MountPoint> mounts = MountPlan.Make(settings, host, other => table.Get(other).Info);
        _ = DeviceFinder.Find(host);
        string parent = await images.UnpackAsync(Namespace, image, cancel: cancel).ConfigureAwait(false);
        string name;
        if (wanted is null) name = table.Reserve(this.options.Random, id);
        else table.Reserve(name = wanted, id);
        List<string> made = [];
        ContainerInfo? info = null;
        try
        {
            beingMade[id] = mounts;
            mounts = await MakeVolumesAsync(mounts, host, made).ConfigureAwait(false);
            beingMade[id] = mounts;
            info = new(id, name)
            {
                CreatedAt = this.options.Time.GetUtcNow(),
                Settings = settings,
                Host = host,
                State = new() { Status = ContainerStatus.Created },
                ImageId = image.Id.ToString(),
                Mounts = mounts,
                Networks = joined,
                Snapshotter = snapshots.Names[0],
                Directory = $"{directory}/{id}",
                LogPath = ContainerRecords.LogPath(directory, id, host),
            };
            await MakeAsync(info, parent, cancel).ConfigureAwait(false);
            Add(info);
            return new(id, warnings);
        }
        catch
        {
            await UnmakeAsync(id, info, made).ConfigureAwait(false);
            throw;
        }
        finally
        {
            beingMade.TryRemove(id, out _);
        }
    }

    private async Task<EngineImage> FindImageAsync(string name, CancellationToken cancel)
    {
        if (name.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "No image was specified");
        try
        {
            return await images.GetAsync(Namespace, name, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            throw new KeelsonException(ErrorKind.NotFound, $"No such image: {name}", e);
        }
    }

    /// <summary>Names containers that are joined by their identities, so that a later name change does not part them.</summary>
    private HostSettings ResolveContainers(HostSettings host, ContainerSettings settings)
    {
        string Resolve(string mode) => SettingsCheck.Container(mode) is { } other ? "container:" + table.Get(other).Id : mode;
        HostSettings resolved = host with { NetworkMode = Resolve(host.NetworkMode), PidMode = Resolve(host.PidMode), IpcMode = Resolve(host.IpcMode) };
        if (SettingsCheck.Container(resolved.IpcMode) is { } owner && table.Get(owner).Info.Host.IpcMode is "private" or "none")
            throw new KeelsonException(ErrorKind.InvalidArgument, $"cannot join IPC of a non-shareable container: {owner}");
        return resolved;
    }

    private async Task<IReadOnlyList<MountPoint>> MakeVolumesAsync(IReadOnlyList<MountPoint> mounts, HostSettings host, List<string> made)
    {
        MountPoint[] result = [.. mounts];
        for (int i = 0; i < result.Length; i++)
        {
            MountPoint point = result[i];
            if (point.Type == "bind" && point.Source.Length > 0)
            {
                CheckSource(point, host);
                continue;
            }
            // A volume of another container has its source already.
            if (point.Type != "volume" || point.Source.Length > 0) continue;
            MountRequest? request = (host.Mounts ?? []).FirstOrDefault(mount => mount.Type == "volume" && PathText.Clean(mount.Target) == point.Destination);
            VolumeOptions? asked = request?.VolumeOptions;
            // What --mount asks for names its driver itself.
            string driver = point.Driver != IVolumeService.Local ? point.Driver : request is null ? host.VolumeDriver : asked?.DriverConfig?.Name ?? "";
            bool isNew = point.Name.Length == 0 || volumes.List().All(volume => volume.Name != point.Name);
            VolumeInfo volume = await volumes.CreateAsync(point.Name, asked?.Labels, isNew ? asked?.DriverConfig?.Options : null, driver).ConfigureAwait(false);
            if (isNew) made.Add(volume.Name);
            result[i] = point with { Name = volume.Name, Source = volume.Path, Driver = volume.Driver, Mode = volume.Driver != IVolumeService.Local && point.Mode == "z" ? "" : point.Mode };
        }
        return result;
    }

    private static void CheckSource(MountPoint point, HostSettings host)
    {
        if (Path.Exists(point.Source)) return;
        bool isAsked = (host.Mounts ?? []).Any(mount => mount.Type == "bind" && PathText.Clean(mount.Target) == point.Destination && mount.BindOptions?.CreateMountpoint != true);
        if (isAsked) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid mount config for type \"bind\": bind source path does not exist: {point.Source}");
        // With -v a directory is made, as docker does.
        Directory.CreateDirectory(point.Source);
    }

    /// <summary>Makes record, root and files. The record comes first: it holds the root against collection, and both are in one write of the log.</summary>
    private async Task MakeAsync(ContainerInfo info, string parent, CancellationToken cancel)
    {
        Account account = Account.Root;
        AccountFiles? known = accounts.Find(info.ImageId);
        if (known is not null) account = AccountOrRoot(info, known);
        byte[] spec = RuntimeSpecWriter.ToUtf8(SpecBuilder.Build(Inputs(info, account, isStart: false)), indented: false);
        options.Step?.Invoke("create record");
        Task<ContainerRecord> recording = store.CreateAsync(ContainerRecords.Make(info, spec), [ContainerEvent(info), Event(info, "create")]);
        Task<IReadOnlyList<Mount>> preparing = Snapshotter(info).PrepareAsync(info.SnapshotKey, parent, SnapshotLabels(info.Host), cancel).AsTask();
        Task both = Task.WhenAll(recording, preparing);
        try
        {
            Files.TryMakeDirectories(info.Directory, 0b111_000_000).ThrowIfError("make directory", info.Directory);
            if (info.Host.LogConfig.Type == LogPolicy.Local) Directory.CreateDirectory(info.Directory + "/local-logs");
            WriteNames(info, null);
        }
        catch
        {
            // What is taken back has to be there, or it comes afterwards and stays.
            await Task.WhenAny(both).ConfigureAwait(false);
            throw;
        }
        await both.ConfigureAwait(false);
        options.Step?.Invoke("create snapshot");
        MountPoint[] empty = [.. info.Mounts.Where(mount => mount is { Type: "volume", Copies: true })];
        if (known is not null && empty.Length == 0) return;
        using RootView root = RootView.Open(await preparing.ConfigureAwait(false));
        if (known is null) accounts.Keep(info.ImageId, AccountFiles.Read(root.Root));
        foreach (MountPoint point in empty)
        {
            await FillAsync(info, point, root, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Fills a volume with what the root has at its place. A plug-in's is in use meanwhile; one of ours stays mounted for the container, or what is in memory would be gone again.</summary>
    private async Task FillAsync(ContainerInfo info, MountPoint point, RootView root, CancellationToken cancel)
    {
        if (!CopyUp.HasAnything(root, point.Destination)) return;
        bool isRemote = point.Driver != IVolumeService.Local;
        string user = isRemote ? info.Id + " copy-up" : info.Id, source = await volumes.MountAsync(point.Name, user, point.Destination, cancel).ConfigureAwait(false);
        try
        {
            await CopyUp.RunAsync(root, point.Destination, source, cancel).ConfigureAwait(false);
        }
        finally
        {
            if (isRemote) await TryAsync($"give back volume {point.Name}", () => volumes.UnmountAsync(point.Name, user, point.Destination, [])).ConfigureAwait(false);
        }
    }

    /// <summary>The account for the specification of a container that only is made: whether its user is there counts when it starts.</summary>
    private static Account AccountOrRoot(ContainerInfo info, AccountFiles files)
    {
        try
        {
            return AccountResolver.Resolve(info.Settings.User ?? "", info.Host.GroupAdd ?? [], files);
        }
        catch (KeelsonException)
        {
            return Account.Root;
        }
    }

    private static Dictionary<string, string> SnapshotLabels(HostSettings host) => UserMapping.Parse(host.UsernsMode) is not { } mapping ? []
        : new() { [Keelson.Snapshots.SnapshotLabels.UserMapping] = mapping.Label, [Keelson.Snapshots.SnapshotLabels.GroupMapping] = mapping.Label };

    private EventDraft ContainerEvent(ContainerInfo info)
    {
        ProtobufWriter message = new(), runtime = new();
        message.Text(1, info.Id);
        message.TextIfSet(2, info.Settings.Image);
        runtime.Text(1, ContainerRecords.Runtime(info.Host.Runtime) is { Length: > 0 } named ? named : ContainerRecords.DefaultRuntime);
        message.Message(3, runtime);
        return new(Namespace, "/containers/create", "containerd.events.ContainerCreate", message.ToArray());
    }

    /// <summary>Takes back a container that could not be made.</summary>
    private async Task UnmakeAsync(string id, ContainerInfo? info, List<string> made)
    {
        if (info is not null)
        {
            await TryAsync($"take back container {id}", async () =>
            {
                if (store.List().Any(record => record.Id == id)) await store.DeleteAsync(id, [Event(info, "destroy")]).ConfigureAwait(false);
            }).ConfigureAwait(false);
            await RemoveRootAsync(info).ConfigureAwait(false);
        }
        beingMade.TryRemove(id, out _);
        foreach (string volume in made) await TryAsync($"take back volume {volume}", () => volumes.RemoveAsync(volume, force: true)).ConfigureAwait(false);
        if (Directory.Exists($"{directory}/{id}")) Directory.Delete($"{directory}/{id}", recursive: true);
        table.Remove(id);
    }

    private async Task RemoveRootAsync(ContainerInfo info)
    {
        try
        {
            await Snapshotter(info).RemoveAsync(info.SnapshotKey, CancellationToken.None).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It was not made, or is gone.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Nothing holds it any more: it is collected.
            options.Failed($"remove the root of container {info.Id}", e);
        }
    }
}
