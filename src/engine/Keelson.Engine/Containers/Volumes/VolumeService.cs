using System.Security.Cryptography;
using System.Text.Json;
using Keelson.Content;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Snapshots;

namespace Keelson.Engine.Containers;

/// <summary>Volumes in directories.</summary>
/// <remarks>
/// <code>
///   ROOT/volumes/NAME/_data         its files
///   ROOT/volumes/NAME/volume.json   when, labels, options; written before the directory gets its name
///   ROOT/volumes/.new-NAME          being made
///   ROOT/volumes/.old-NAME          being removed
/// </code>
/// </remarks>
internal sealed class VolumeService : IVolumeService
{
    /// <summary>Mode of directories that only the engine enters; shims and runtimes open what is in them with its rights.</summary>
    private const uint Closed = 0b111_000_000;

    private const string NewPrefix = ".new-", OldPrefix = ".old-";
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, VolumeInfo> volumes = new(StringComparer.Ordinal);
    private readonly string root;
    private readonly EventLog events;
    private readonly string space;
    private readonly TimeProvider time;
    private readonly Func<string, IReadOnlyList<string>> users;

    /// <summary>Opens the directory, and removes what a crash left half-made.</summary>
    /// <param name="root">The directory of volumes.</param>
    /// <param name="events">Where events go.</param>
    /// <param name="space">The namespace of the events.</param>
    /// <param name="time">The clock.</param>
    /// <param name="users">Identities of the containers that use a volume.</param>
    public VolumeService(string root, EventLog events, string space, TimeProvider time, Func<string, IReadOnlyList<string>> users)
    {
        this.root = root;
        this.events = events;
        this.space = space;
        this.time = time;
        this.users = users;
        // What a container puts into a volume, such as a program with set-user-ID, is not for the users of the host (CVE-2021-41091).
        Files.TryMakeDirectories(root, Closed).ThrowIfError("make directory", root);
        Files.TryChangeMode(root, Closed).ThrowIfError("chmod", root);
        foreach (string path in Directory.EnumerateDirectories(root))
        {
            string name = Path.GetFileName(path);
            if (name.StartsWith('.')) Directory.Delete(path, recursive: true);
            else if (Read(name, path) is { } volume) volumes.Add(name, volume);
        }
    }

    public async Task<VolumeInfo> CreateAsync(string name = "", IReadOnlyDictionary<string, string>? labels = null, IReadOnlyDictionary<string, string>? options = null, CancellationToken cancel = default)
    {
        bool isAnonymous = name.Length == 0;
        if (isAnonymous) name = RandomNumberGenerator.GetHexString(64, lowercase: true);
        else if (!ContainerName.IsValid(name))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"create {name}: \"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path");
        Dictionary<string, string> words = new(options ?? new Dictionary<string, string>());
        foreach (string key in words.Keys)
            if (key is not ("type" or "device" or "o")) throw new KeelsonException(ErrorKind.InvalidArgument, $"create {name}: invalid option: \"{key}\"");
        if (words.Count > 0 && !words.ContainsKey("device")) throw new KeelsonException(ErrorKind.InvalidArgument, $"create {name}: missing device in volume options");
        VolumeInfo volume;
        lock (gate)
        {
            if (volumes.TryGetValue(name, out VolumeInfo? found))
            {
                if (words.Count == 0 || words.Count == found.Options.Count && words.All(word => found.Options.GetValueOrDefault(word.Key) == word.Value)) return found;
                throw new KeelsonException(ErrorKind.AlreadyExists, $"create {name}: a volume of this name is there with other options");
            }
            volume = new(name, $"{root}/{name}/_data", time.GetUtcNow(), labels ?? new Dictionary<string, string>(), words, isAnonymous);
            Make(volume);
            volumes.Add(name, volume);
        }
        await events.PublishAsync(Event("create", name), isLazy: true).ConfigureAwait(false);
        return volume;
    }

    public VolumeInfo Get(string name)
    {
        lock (gate) return volumes.GetValueOrDefault(name) ?? throw new KeelsonException(ErrorKind.NotFound, $"get {name}: no such volume");
    }

    public IReadOnlyList<VolumeInfo> List()
    {
        lock (gate) return [.. volumes.Values];
    }

    public async Task RemoveAsync(string name, bool force = false, CancellationToken cancel = default)
    {
        string gone = $"{root}/{OldPrefix}{name}";
        lock (gate)
        {
            if (!volumes.ContainsKey(name))
            {
                if (force) return;
                throw new KeelsonException(ErrorKind.NotFound, $"get {name}: no such volume");
            }
            IReadOnlyList<string> ids = users(name);
            if (ids.Count > 0) throw new KeelsonException(ErrorKind.FailedPrecondition, $"remove {name}: volume is in use - [{string.Join(", ", ids)}]");
            Unmount(name);
            Directory.Move($"{root}/{name}", gone);
            volumes.Remove(name);
        }
        await Task.Run(() => Directory.Delete(gone, recursive: true), CancellationToken.None).ConfigureAwait(false);
        await events.PublishAsync(Event("destroy", name), isLazy: true).ConfigureAwait(false);
    }

    public async Task<PruneReport> PruneAsync(Func<VolumeInfo, bool>? filter = null, CancellationToken cancel = default)
    {
        List<string> removed = [];
        long freed = 0;
        foreach (VolumeInfo volume in List().Where(volume => filter is null || filter(volume)))
        {
            cancel.ThrowIfCancellationRequested();
            if (users(volume.Name).Count > 0) continue;
            long size = Measure(volume);
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
        VolumeInfo volume = Get(name);
        return Task.Run(() => (Measure(volume), users(name).Count), cancel);
    }

    /// <summary>Mounts a volume that is not a directory alone, before a container uses it.</summary>
    public void Mount(string name)
    {
        VolumeInfo volume = Get(name);
        if (volume.Options.Count == 0) return;
        lock (gate)
        {
            if (IsMounted(volume.Path)) return;
            string type = volume.Options.GetValueOrDefault("type", ""), words = volume.Options.GetValueOrDefault("o", "");
            string[] options = words.Split(',', StringSplitOptions.RemoveEmptyEntries);
            MountSet.Mount([new(options.Contains("bind") ? "bind" : type, volume.Options["device"], options)], volume.Path);
        }
    }

    /// <summary>Takes such a mount away when nobody uses it any more.</summary>
    public void Unmount(string name, IReadOnlyCollection<string> running)
    {
        if (running.Contains(name)) return;
        lock (gate) Unmount(name);
    }

    private void Unmount(string name)
    {
        if (volumes.TryGetValue(name, out VolumeInfo? volume) && volume.Options.Count > 0 && IsMounted(volume.Path)) MountSet.Unmount(volume.Path, isLazy: true);
    }

    private void Make(VolumeInfo volume)
    {
        string made = $"{root}/{NewPrefix}{volume.Name}";
        Files.TryMakeDirectories(made, Closed).ThrowIfError("make directory", made);
        Directory.CreateDirectory(made + "/_data");
        StoredVolume stored = new() { CreatedAt = volume.CreatedAt, Labels = volume.Labels, Options = volume.Options, IsAnonymous = volume.IsAnonymous };
        File.WriteAllBytes(made + "/volume.json", JsonSerializer.SerializeToUtf8Bytes(stored, StoredJson.Default.StoredVolume));
        Directory.Move(made, $"{root}/{volume.Name}");
    }

    private static VolumeInfo? Read(string name, string path)
    {
        if (!Directory.Exists(path + "/_data")) return null;
        StoredVolume? stored = null;
        try
        {
            stored = JsonSerializer.Deserialize(File.ReadAllBytes(path + "/volume.json"), StoredJson.Default.StoredVolume);
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            // Its files are what counts; a volume that somebody put there, or whose note is lost, is a plain one.
        }
        stored ??= new() { CreatedAt = Directory.GetCreationTimeUtc(path) };
        return new(name, path + "/_data", stored.CreatedAt, stored.Labels ?? new Dictionary<string, string>(), stored.Options ?? new Dictionary<string, string>(), stored.IsAnonymous);
    }

    private static bool IsMounted(string path) => Linux.Proc.MountInfo.FindMountPoint(Linux.Proc.MountInfo.ReadSelf().Span, path) == path;

    private static long Measure(VolumeInfo volume)
    {
        long bytes = 0;
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true };
        foreach (string path in Directory.EnumerateFileSystemEntries(volume.Path, "*", all))
            if (Linux.Sys.Files.TryStatus(path, out Linux.Sys.FileStatus status, followLink: false) == Errno.None && !status.IsDirectory) bytes += status.Size;
        return bytes;
    }

    private EventDraft Event(string action, string name) => DockerEvents.Draft(space, "volume", action, name, [new("driver", "local")]);
}
