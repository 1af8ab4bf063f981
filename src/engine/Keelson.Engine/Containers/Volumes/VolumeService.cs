using System.Security.Cryptography;
using Keelson.Content;

namespace Keelson.Engine.Containers;

/// <summary>Volumes of all drivers: a name is one volume, whoever keeps it.</summary>
internal sealed partial class VolumeService : IVolumeService, IDisposable
{
    private readonly LocalVolumes local;
    private readonly PluginVolumes remote;
    private readonly ContainerServiceOptions options;
    private readonly EventLog events;
    private readonly Func<string, IReadOnlyList<string>> users, running;
    private readonly KeyedLock names = new();

    /// <summary>Opens the directories, and removes what a crash left half-made.</summary>
    /// <param name="root">The engine's directory.</param>
    /// <param name="options">How containers are kept.</param>
    /// <param name="events">Where events go.</param>
    /// <param name="users">Identities of the containers that use a volume.</param>
    /// <param name="running">Those of them that run.</param>
    public VolumeService(string root, ContainerServiceOptions options, EventLog events, Func<string, IReadOnlyList<string>> users, Func<string, IReadOnlyList<string>> running)
    {
        this.options = options;
        this.events = events;
        this.users = users;
        this.running = running;
        local = new(root + "/volumes");
        remote = new(root + "/plugin-volumes", options.VolumePlugins, options.Time, options.Failed, options.Step);
    }

    public IReadOnlyList<string> Drivers => [IVolumeService.Local, .. remote.Drivers];

    public async Task<VolumeInfo> CreateAsync(string name = "", IReadOnlyDictionary<string, string>? labels = null, IReadOnlyDictionary<string, string>? options = null, string driver = "", CancellationToken cancel = default)
    {
        bool isAnonymous = name.Length == 0;
        if (isAnonymous) name = RandomNumberGenerator.GetHexString(64, lowercase: true);
        using Holders held = await HoldAsync([name, .. options?.GetValueOrDefault(IVolumeService.FromOption) is { Length: > 0 } from ? [from] : Array.Empty<string>()], cancel).ConfigureAwait(false);
        VolumeInfo? there = Find(name);
        if (there is not null && driver.Length > 0 && driver != there.Driver)
            throw new KeelsonException(ErrorKind.AlreadyExists, $"create {name}: driver '{there.Driver}' already has volume '{name}': volume name must be unique");
        if (driver.Length == 0) driver = there?.Driver ?? await DriverOfAsync(name, isAnonymous, cancel).ConfigureAwait(false);
        if (driver != IVolumeService.Local)
        {
            (VolumeInfo volume, bool isNew) = await remote.CreateAsync(driver, name, labels, options, isAnonymous, cancel).ConfigureAwait(false);
            if (isNew) await TellAsync(volume, "create").ConfigureAwait(false);
            return volume;
        }
        if (options?.ContainsKey(IVolumeService.FromOption) == true) return await CopyAsync(name, labels, new(options), isAnonymous, there, cancel).ConfigureAwait(false);
        return await CreateLocalAsync(name, labels, options, isAnonymous, there, cancel).ConfigureAwait(false);
    }

    public VolumeInfo Get(string name) => Find(name) ?? throw Missing(name);

    public async Task<VolumeInfo> InspectAsync(string name, CancellationToken cancel = default)
    {
        if (local.Find(name) is { } volume) return volume;
        if (remote.Find(name) is { } known) return await remote.InspectAsync(known, cancel).ConfigureAwait(false);
        return await remote.AskAsync(name, cancel).ConfigureAwait(false) ?? throw Missing(name);
    }

    public IReadOnlyList<VolumeInfo> List() => [.. local.List().Concat(remote.List()).OrderBy(volume => volume.Name, StringComparer.Ordinal)];

    public async Task<VolumeListing> ListAsync(CancellationToken cancel = default)
    {
        VolumeListing others = await remote.ListAsync(cancel).ConfigureAwait(false);
        Dictionary<string, VolumeInfo> all = local.List().ToDictionary(volume => volume.Name, StringComparer.Ordinal);
        foreach (VolumeInfo volume in others.Volumes) all.TryAdd(volume.Name, volume);
        return new([.. all.Values.OrderBy(volume => volume.Name, StringComparer.Ordinal)], others.Warnings);
    }

    public async Task RemoveAsync(string name, bool force = false, CancellationToken cancel = default)
    {
        using Holders held = await HoldAsync([name], cancel).ConfigureAwait(false);
        VolumeInfo? volume = Find(name);
        if (volume is null && await remote.AskAsync(name, cancel).ConfigureAwait(false) is { } other) volume = (await remote.CreateAsync(other.Driver, name, null, null, isAnonymous: false, cancel).ConfigureAwait(false)).Volume;
        bool isRemoved = volume is not null && (volume.Driver == IVolumeService.Local ? await RemoveLocalAsync(name).ConfigureAwait(false) : await remote.RemoveAsync(name, force, users, cancel).ConfigureAwait(false));
        if (isRemoved) await TellAsync(volume!, "destroy").ConfigureAwait(false);
        else if (!force) throw Missing(name);
    }

    public async Task<PruneReport> PruneAsync(Func<VolumeInfo, bool>? filter = null, CancellationToken cancel = default)
    {
        List<string> removed = [];
        long freed = 0;
        foreach (VolumeInfo volume in local.List().Where(volume => volume.IsPlain && (filter is null || filter(volume))))
        {
            cancel.ThrowIfCancellationRequested();
            if (users(volume.Name).Count > 0) continue;
            long size = LocalVolumes.Measure(volume);
            try
            {
                await RemoveAsync(volume.Name, cancel: cancel).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (e.Kind is ErrorKind.FailedPrecondition or ErrorKind.NotFound)
            {
                // Somebody took it into use or removed it meanwhile.
                continue;
            }
            removed.Add(volume.Name);
            freed += size;
        }
        return new(removed, freed);
    }

    public Task<(long SizeBytes, int Users)> UsageAsync(string name, CancellationToken cancel = default)
    {
        VolumeInfo volume = local.Find(name) ?? throw Missing(name);
        return Task.Run(() => (LocalVolumes.Measure(volume), users(name).Count), cancel);
    }

    /// <summary>Gives up what plug-ins are being asked.</summary>
    public void Dispose() => remote.Dispose();

    /// <summary>The error of a volume that containers use.</summary>
    internal static KeelsonException InUse(string name, IReadOnlyList<string> ids) => new(ErrorKind.FailedPrecondition, $"remove {name}: volume is in use - [{string.Join(", ", ids)}]");

    private VolumeInfo? Find(string name) => local.Find(name) ?? remote.Find(name);

    /// <summary>The driver of a volume that is not written down: a plug-in may have it of others.</summary>
    private async Task<string> DriverOfAsync(string name, bool isAnonymous, CancellationToken cancel) =>
        isAnonymous ? IVolumeService.Local : (await remote.AskAsync(name, cancel).ConfigureAwait(false))?.Driver ?? IVolumeService.Local;

    private async Task<VolumeInfo> CreateLocalAsync(string name, IReadOnlyDictionary<string, string>? labels, IReadOnlyDictionary<string, string>? words, bool isAnonymous, VolumeInfo? there, CancellationToken cancel)
    {
        CheckName(name);
        Dictionary<string, string> options = new(words ?? new Dictionary<string, string>());
        LocalOptions.Check(name, options);
        if (there is not null)
        {
            if (options.Count == 0 || options.Count == there.Options.Count && options.All(word => there.Options.GetValueOrDefault(word.Key) == word.Value)) return there;
            throw new KeelsonException(ErrorKind.AlreadyExists, $"create {name}: a volume of this name is there with other options");
        }
        return await MakeAsync(New(name, labels, options, isAnonymous), null, cancel).ConfigureAwait(false);
    }

    private async Task<VolumeInfo> MakeAsync(VolumeInfo volume, string? source, CancellationToken cancel)
    {
        volume = await local.CreateAsync(volume, source, replaces: false, cancel).ConfigureAwait(false);
        await TellAsync(volume, "create").ConfigureAwait(false);
        return volume;
    }

    private VolumeInfo New(string name, IReadOnlyDictionary<string, string>? labels, IReadOnlyDictionary<string, string> options, bool isAnonymous) =>
        new(name, "", this.options.Time.GetUtcNow(), labels ?? new Dictionary<string, string>(), options, isAnonymous);

    private async Task<bool> RemoveLocalAsync(string name)
    {
        IReadOnlyList<string> ids = users(name);
        if (ids.Count > 0) throw InUse(name, ids);
        await local.RemoveAsync(name).ConfigureAwait(false);
        return true;
    }

    private static void CheckName(string name)
    {
        if (name.Length == 1 && char.IsAsciiLetterOrDigit(name[0])) throw new KeelsonException(ErrorKind.InvalidArgument, $"create {name}: volume name is too short, names should be at least two alphanumeric characters");
        if (!ContainerName.IsValid(name))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"create {name}: \"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path");
    }

    private Task TellAsync(VolumeInfo volume, string action) => events.PublishAsync(DockerEvents.Draft(options.Namespace, "volume", action, volume.Name, [new("driver", volume.Driver)]), isLazy: true);

    private static KeelsonException Missing(string name) => new(ErrorKind.NotFound, $"get {name}: no such volume");

    /// <summary>Holds names, always in the same order.</summary>
    private async ValueTask<Holders> HoldAsync(IReadOnlyList<string> wanted, CancellationToken cancel)
    {
        Holders held = new();
        try
        {
            foreach (string name in wanted.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)) held.All.Add(await names.EnterAsync(name, cancel).ConfigureAwait(false));
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private sealed class Holders : IDisposable
    {
        public List<KeyedLock.Holder> All { get; } = [];

        public void Dispose()
        {
            foreach (KeyedLock.Holder holder in All) holder.Dispose();
        }
    }
}
