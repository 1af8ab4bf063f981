using System.Text.Json;
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
internal sealed class LocalVolumes
{
    /// <summary>Mode of directories that only the engine enters; shims and runtimes open what is in them with its rights.</summary>
    private const uint Closed = 0b111_000_000;

    private const string NewPrefix = ".new-", OldPrefix = ".old-";
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, VolumeInfo> volumes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, uint> projects = new(StringComparer.Ordinal);
    private readonly HashSet<uint> beingLimited = [];
    private readonly KeyedLock mounting = new();

    /// <summary>For whom volumes are mounted that are no directories alone, since this engine was opened.</summary>
    private readonly HashSet<(string Volume, string User, string Place)> mounted = [];

    private readonly string root;

    /// <summary>Opens the directory, and removes what a crash left half-made.</summary>
    /// <param name="root">The directory of volumes.</param>
    public LocalVolumes(string root)
    {
        this.root = root;
        // What a container puts into a volume, such as a program with set-user-ID, is not for the users of the host (CVE-2021-41091).
        Files.TryMakeDirectories(root, Closed).ThrowIfError("make directory", root);
        Files.TryChangeMode(root, Closed).ThrowIfError("chmod", root);
        foreach (string path in Directory.EnumerateDirectories(root))
        {
            string name = Path.GetFileName(path);
            if (name.StartsWith('.')) Directory.Delete(path, recursive: true);
            else if (Read(name, path) is var (volume, project)) Know(volume, project);
        }
    }

    /// <summary>A volume; <see langword="null"/>: there is none.</summary>
    public VolumeInfo? Find(string name)
    {
        lock (gate) return volumes.GetValueOrDefault(name);
    }

    /// <summary>All, by name.</summary>
    public IReadOnlyList<VolumeInfo> List()
    {
        lock (gate) return [.. volumes.Values];
    }

    /// <summary>Makes a volume. The caller holds its name.</summary>
    /// <param name="volume">What it is to be; its path is set.</param>
    /// <param name="source">A directory to begin with a copy of; <see langword="null"/>: it is empty.</param>
    /// <param name="replaces">Whether it takes the place of one of this name, at once.</param>
    /// <param name="cancel">Ends the copy.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it has a limit, which the file system cannot keep. Or the copy cannot be made; nothing is left of it.</exception>
    public async Task<VolumeInfo> CreateAsync(VolumeInfo volume, string? source, bool replaces, CancellationToken cancel)
    {
        volume = volume with { Path = $"{root}/{volume.Name}/_data" };
        string made = $"{root}/{NewPrefix}{volume.Name}", data = made + "/_data";
        uint project = 0;
        try
        {
            Files.TryMakeDirectories(made, Closed).ThrowIfError("make directory", made);
            Directory.CreateDirectory(data);
            if (LocalOptions.SizeOf(volume.Name, volume.Options) is > 0 and long limit) project = Limit(volume.Name, data, limit);
            if (source is not null) await Task.Run(() => TreeCopier.Copy(source, data, cancel), CancellationToken.None).ConfigureAwait(false);
            StoredVolume stored = new() { CreatedAt = volume.CreatedAt, Labels = volume.Labels, Options = volume.Options, IsAnonymous = volume.IsAnonymous, Project = project };
            File.WriteAllBytes(made + "/volume.json", JsonSerializer.SerializeToUtf8Bytes(stored, StoredJson.Default.StoredVolume));
            // What takes the place of something has to be whole, also when the power goes.
            if (source is not null) Sync(data);
            if (replaces) Files.TryExchange(made, $"{root}/{volume.Name}").ThrowIfError("exchange", $"{made} and {root}/{volume.Name}");
            else Directory.Move(made, $"{root}/{volume.Name}");
        }
        catch
        {
            if (Directory.Exists(made)) Directory.Delete(made, recursive: true);
            if (project > 0) VolumeQuota.Clear(root, project);
            throw;
        }
        finally
        {
            lock (gate) beingLimited.Remove(project);
        }
        uint before = Know(volume, project);
        if (replaces) await DeleteAsync(made, before).ConfigureAwait(false);
        return volume;
    }

    /// <summary>Removes a volume. The caller holds its name.</summary>
    /// <param name="name">Its name; it is there.</param>
    public async Task RemoveAsync(string name)
    {
        string gone = $"{root}/{OldPrefix}{name}";
        if (Find(name) is { } volume) Unmount(volume);
        lock (gate) mounted.RemoveWhere(use => use.Volume == name);
        Directory.Move($"{root}/{name}", gone);
        uint project;
        lock (gate)
        {
            volumes.Remove(name);
            projects.Remove(name, out project);
        }
        await DeleteAsync(gone, project).ConfigureAwait(false);
    }

    /// <summary>Mounts a volume that is not a directory alone, unless that is done.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="user">For whom.</param>
    /// <param name="place">Where it will be there.</param>
    /// <param name="cancel">Gives up before it is mounted.</param>
    /// <exception cref="KeelsonException">It cannot be mounted, as the kernel says.</exception>
    public async Task MountAsync(VolumeInfo volume, string user, string place, CancellationToken cancel)
    {
        if (!volume.Options.ContainsKey("device")) return;
        using KeyedLock.Holder turn = await mounting.EnterAsync(volume.Name, cancel).ConfigureAwait(false);
        try
        {
            // A server that does not answer keeps the thread.
            if (!IsMounted(volume.Path) && await LocalOptions.MountAsync(volume.Options, cancel).ConfigureAwait(false) is { } mount) await Task.Run(() => MountSet.Mount([mount], volume.Path), cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            throw new KeelsonException(e.Kind, $"error while mounting volume '{volume.Path}': failed to mount local volume", e);
        }
        lock (gate) mounted.Add((volume.Name, user, place));
    }

    /// <summary>Takes such a mount away when nobody has it any more.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="user">For whom it was mounted.</param>
    /// <param name="place">Where it was there; <see langword="null"/>: everywhere.</param>
    /// <param name="isUsed">Whether others use it whom an engine before this one mounted it for.</param>
    public async Task UnmountAsync(VolumeInfo volume, string user, string? place, bool isUsed)
    {
        if (!volume.Options.ContainsKey("device")) return;
        using KeyedLock.Holder turn = await mounting.EnterAsync(volume.Name).ConfigureAwait(false);
        bool isMounted;
        lock (gate)
        {
            mounted.RemoveWhere(use => use.Volume == volume.Name && use.User == user && (place is null || use.Place == place));
            isMounted = mounted.Any(use => use.Volume == volume.Name);
        }
        if (!isUsed && !isMounted) Unmount(volume);
    }

    /// <summary>Bytes of a volume's files.</summary>
    public static long Measure(VolumeInfo volume)
    {
        long bytes = 0;
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true };
        foreach (string path in Directory.EnumerateFileSystemEntries(volume.Path, "*", all))
            if (Files.TryStatus(path, out FileStatus status, followLink: false) == Errno.None && !status.IsDirectory) bytes += status.Size;
        return bytes;
    }

    private static void Unmount(VolumeInfo volume)
    {
        if (volume.Options.ContainsKey("device") && IsMounted(volume.Path)) MountSet.Unmount(volume.Path, isLazy: true);
    }

    private async Task DeleteAsync(string gone, uint project)
    {
        await Task.Run(() => Directory.Delete(gone, recursive: true)).ConfigureAwait(false);
        if (project > 0) VolumeQuota.Clear(root, project);
    }

    /// <summary>Keeps a volume in mind; the project that one of this name had before.</summary>
    private uint Know(VolumeInfo volume, uint project)
    {
        lock (gate)
        {
            volumes[volume.Name] = volume;
            projects.Remove(volume.Name, out uint before);
            if (project > 0) projects[volume.Name] = project;
            return before;
        }
    }

    private uint Limit(string name, string path, long limitBytes)
    {
        // One at a time: two must not choose the same project.
        lock (gate)
        {
            uint project = VolumeQuota.Set(name, path, limitBytes, new HashSet<uint>([.. projects.Values, .. beingLimited]));
            beingLimited.Add(project);
            return project;
        }
    }

    private static void Sync(string path)
    {
        using FdHandle directory = Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Durability.TrySyncFileSystem(directory.Fd).ThrowIfError("sync the file system of", path);
    }

    private static (VolumeInfo Volume, uint Project)? Read(string name, string path)
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
        return (new(name, path + "/_data", stored.CreatedAt, stored.Labels ?? new Dictionary<string, string>(), stored.Options ?? new Dictionary<string, string>(), stored.IsAnonymous), stored.Project);
    }

    private static bool IsMounted(string path) => Linux.Proc.MountInfo.FindMountPoint(Linux.Proc.MountInfo.ReadSelf().Span, path) == path;
}
