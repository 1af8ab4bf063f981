using System.Globalization;

namespace Keelson.Engine.Containers;

/// <summary>Volumes that plug-ins keep. Each waits for its own plug-in alone.</summary>
/// <remarks>
/// What a plug-in is asked to change is written down before. A daemon that was killed meanwhile asks it afterwards what has become of that, and ends uses whose container does not run.
/// </remarks>
internal sealed partial class PluginVolumes : IDisposable
{
    /// <summary>Longest name, in characters.</summary>
    private const int NameLimit = 1024;

    private readonly PluginVolumeRecords records;
    private readonly VolumePlugins plugins;
    private readonly TimeProvider time;
    private readonly Action<string>? step;
    private readonly Action<string, Exception> failed;
    private readonly KeyedLock turns = new();
    private readonly CancellationTokenSource stop = new();

    /// <summary>Reads what is written down.</summary>
    /// <param name="folder">Where that is.</param>
    /// <param name="options">Plug-ins.</param>
    /// <param name="time">The clock.</param>
    /// <param name="failed">Hears what went wrong where no caller could be told.</param>
    /// <param name="step">Called before and after a plug-in is asked for a change.</param>
    public PluginVolumes(string folder, VolumePluginOptions options, TimeProvider time, Action<string, Exception> failed, Action<string>? step)
    {
        records = new(folder, failed);
        plugins = new(options);
        (this.time, this.failed, this.step) = (time, failed, step);
        foreach (StoredPluginVolume volume in records.All)
            foreach (VolumeUse use in volume.Uses ?? []) earlier.Add(use.Id);
    }

    /// <summary>Plug-ins that were used and are there.</summary>
    public IReadOnlyList<string> Drivers => plugins.Known;

    /// <summary>A volume, as it is written down; <see langword="null"/>: there is none.</summary>
    public VolumeInfo? Find(string name) => records.Find(name) is { } volume ? Of(volume) : null;

    /// <summary>All that are written down, by name.</summary>
    public IReadOnlyList<VolumeInfo> List() => [.. records.All.Select(volume => Of(volume))];

    /// <summary>Makes a volume, or takes one that the plug-in has.</summary>
    /// <param name="driver">The plug-in.</param>
    /// <param name="name">Its name.</param>
    /// <param name="labels">Labels.</param>
    /// <param name="options">What the plug-in is told.</param>
    /// <param name="isAnonymous">Whether the engine made up the name.</param>
    /// <param name="cancel">Ends it before the plug-in is asked for a change.</param>
    /// <returns>The volume, and whether it was made now.</returns>
    public async Task<(VolumeInfo Volume, bool IsNew)> CreateAsync(string driver, string name, IReadOnlyDictionary<string, string>? labels, IReadOnlyDictionary<string, string>? options, bool isAnonymous, CancellationToken cancel)
    {
        if (name.Length > NameLimit) throw new KeelsonException(ErrorKind.InvalidArgument, $"create {name[..64]}…: a volume's name has at most {NameLimit} characters");
        using KeyedLock.Holder turn = await turns.EnterAsync(name, cancel).ConfigureAwait(false);
        StoredPluginVolume? known = records.Find(name);
        VolumePlugin plugin = await About("create", name, () => known is null ? plugins.GetAsync(driver, cancel) : PluginOfAsync(name, driver, cancel)).ConfigureAwait(false);
        PluginVolume? there = await About("create", name, () => plugin.GetAsync(name, cancel)).ConfigureAwait(false);
        if (there is not null)
        {
            StoredPluginVolume taken = known ?? new() { Name = name, Driver = driver, Scope = plugin.Scope, CreatedAt = TimeOf(there) ?? time.GetUtcNow() };
            if (known is null) records.Save(taken);
            return (Of(taken, there), false);
        }
        StoredPluginVolume made = new() { Name = name, Driver = driver, Scope = plugin.Scope, CreatedAt = time.GetUtcNow(), Labels = labels, Options = options, IsAnonymous = isAnonymous };
        records.Save(made with { IsPending = true });
        try
        {
            step?.Invoke("volume create");
            await plugin.CreateAsync(name, options, stop.Token).ConfigureAwait(false);
            step?.Invoke("volume created");
        }
        catch (KeelsonException e)
        {
            records.Remove(name);
            throw Wrapped("create", name, e);
        }
        records.Save(made);
        return (Of(made), true);
    }

    /// <summary>A volume that one of the plug-ins has, and that is not written down; <see langword="null"/>: none has it.</summary>
    public async Task<VolumeInfo?> AskAsync(string name, CancellationToken cancel)
    {
        IReadOnlyList<(string Name, Found? Answer, KeelsonException? Problem)> answers = await plugins.AskAllAsync([], async (plugin, token) => new Found(plugin, await plugin.GetAsync(name, token).ConfigureAwait(false)), cancel).ConfigureAwait(false);
        return answers.FirstOrDefault(answer => answer.Answer?.Volume is not null).Answer is { } found ? Of(found.Plugin, name, found.Volume!) : null;
    }

    /// <summary>A volume, as its plug-in describes it.</summary>
    /// <exception cref="KeelsonException">NotFound: it is gone. Others as the plug-in says.</exception>
    public async Task<VolumeInfo> InspectAsync(VolumeInfo known, CancellationToken cancel)
    {
        VolumePlugin plugin = await About("get", known.Name, () => PluginOfAsync(known.Name, known.Driver, cancel)).ConfigureAwait(false);
        PluginVolume there = await About("get", known.Name, () => plugin.GetAsync(known.Name, cancel)).ConfigureAwait(false) ?? throw Missing(known.Name);
        return records.Find(known.Name) is { } volume ? Of(volume, there) : Of(plugin, known.Name, there);
    }

    /// <summary>All volumes of all plug-ins. Of a plug-in that answers, those that it names; of another, those that are written down.</summary>
    public async Task<VolumeListing> ListAsync(CancellationToken cancel)
    {
        Dictionary<string, StoredPluginVolume> known = records.All.ToDictionary(volume => volume.Name, StringComparer.Ordinal);
        IReadOnlyList<(string Name, Listed? Answer, KeelsonException? Problem)> answers = await plugins.AskAllAsync([.. known.Values.Select(volume => volume.Driver)],
            async (plugin, token) => new Listed(plugin, await plugin.ListAsync(token).ConfigureAwait(false)), cancel).ConfigureAwait(false);
        SortedDictionary<string, VolumeInfo> volumes = new(StringComparer.Ordinal);
        List<string> warnings = [];
        foreach ((string driver, Listed? answer, KeelsonException? problem) in answers)
        {
            if (answer is null)
            {
                foreach (StoredPluginVolume volume in known.Values.Where(volume => volume.Driver == driver)) volumes[volume.Name] = Of(volume);
                warnings.Add($"list volumes of {driver}: {problem!.FullMessage}");
                continue;
            }
            foreach (PluginVolume there in answer.Volumes)
            {
                if (there.Name is not { Length: > 0 } name) continue;
                if (!known.TryGetValue(name, out StoredPluginVolume? volume)) volumes.TryAdd(name, Of(answer.Plugin, name, there));
                else if (volume.Driver == driver) volumes[name] = Of(volume, there);
            }
        }
        return new([.. volumes.Values], warnings);
    }

    /// <summary>Removes a volume.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="force">Forgets one whose plug-in is gone, or does not answer.</param>
    /// <param name="users">Identities of the containers that use it.</param>
    /// <param name="cancel">Ends it before the plug-in is asked for a change.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="KeelsonException">FailedPrecondition: containers use it, or the plug-in refuses.</exception>
    public async Task<bool> RemoveAsync(string name, bool force, Func<string, IReadOnlyList<string>> users, CancellationToken cancel)
    {
        using KeyedLock.Holder turn = await turns.EnterAsync(name, cancel).ConfigureAwait(false);
        if (records.Find(name) is not { } volume) return false;
        IReadOnlyList<string> ids = users(name);
        if (ids.Count > 0) throw VolumeService.InUse(name, ids);
        try
        {
            VolumePlugin plugin = await PluginOfAsync(name, volume.Driver, cancel).ConfigureAwait(false);
            bool isThere = await plugin.GetAsync(name, cancel).ConfigureAwait(false) is not null;
            if (isThere) await RemoveAsync(plugin, volume).ConfigureAwait(false);
            records.Remove(name);
            return isThere;
        }
        catch (KeelsonException e) when (force && e.Kind == ErrorKind.Unavailable)
        {
            failed($"remove volume {name}: it is forgotten, and its plug-in {volume.Driver} may have it still", e);
            records.Remove(name);
            return true;
        }
        catch (KeelsonException e)
        {
            throw Wrapped("remove", name, e);
        }
    }

    /// <summary>Gives up what is being asked. Volumes and uses stay.</summary>
    public void Dispose()
    {
        stop.Cancel();
        plugins.Dispose();
        stop.Dispose();
    }

    private async Task RemoveAsync(VolumePlugin plugin, StoredPluginVolume volume)
    {
        await EndLeftAsync(plugin, volume.Name).ConfigureAwait(false);
        volume = records.Find(volume.Name)!;
        records.Save(volume with { IsPending = true });
        try
        {
            step?.Invoke("volume remove");
            await plugin.RemoveAsync(volume.Name, stop.Token).ConfigureAwait(false);
            step?.Invoke("volume removed");
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.FailedPrecondition)
        {
            records.Save(volume);
            throw;
        }
    }

    /// <summary>The plug-in of a volume that is there: it should be there, too.</summary>
    private async Task<VolumePlugin> PluginOfAsync(string name, string driver, CancellationToken cancel)
    {
        try
        {
            return await plugins.GetAsync(driver, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"error while checking if volume \"{name}\" exists in driver \"{driver}\"", e);
        }
    }

    private static async Task<T> About<T>(string operation, string name, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            throw Wrapped(operation, name, e);
        }
    }

    private static KeelsonException Wrapped(string operation, string name, KeelsonException e) => new(e.Kind, $"{operation} {name}", e);

    private static KeelsonException Missing(string name) => new(ErrorKind.NotFound, $"get {name}: no such volume");

    private static VolumeInfo Of(StoredPluginVolume volume, PluginVolume? there = null) =>
        new(volume.Name, there?.Mountpoint ?? "", TimeOf(there) ?? volume.CreatedAt, volume.Labels ?? new Dictionary<string, string>(), volume.Options ?? new Dictionary<string, string>(), volume.IsAnonymous)
        {
            Driver = volume.Driver,
            Scope = volume.Scope,
            Status = there?.Status,
        };

    private static VolumeInfo Of(VolumePlugin plugin, string name, PluginVolume there) => Of(new StoredPluginVolume { Name = name, Driver = plugin.Name, Scope = plugin.Scope }, there);

    private static DateTimeOffset? TimeOf(PluginVolume? there) => DateTimeOffset.TryParse(there?.CreatedAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at : null;

    private sealed record Found(VolumePlugin Plugin, PluginVolume? Volume);

    private sealed record Listed(VolumePlugin Plugin, IReadOnlyList<PluginVolume> Volumes);
}
