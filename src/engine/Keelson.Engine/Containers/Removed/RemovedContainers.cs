using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Logs of removed containers, in directories.</summary>
/// <remarks>
/// <code>
///   ROOT/removed/ID/container.json       what it was, and until when its log stays
///   ROOT/removed/ID/ID-json.log, .1, …   its log: the same files that the container has, under a second name until it is gone
///   ROOT/removed/.new-ID                 being made
/// </code>
/// A directory gets its name before the container's record goes: after a crash between the two the container is still there, and the directory goes at the next start.
/// </remarks>
internal sealed class RemovedContainers : IRemovedContainers
{
    private const uint Closed = 0b111_000_000;
    private const string NewPrefix = ".new-", NoteName = "/container.json";

    private readonly Lock gate = new();
    private readonly Dictionary<string, RemovedContainer> all = new(StringComparer.Ordinal);
    private readonly string root;
    private readonly TimeProvider time;
    private readonly Func<ContainerInfo, IContainerLog> open;
    private readonly Action<string, Exception> failed;

    /// <summary>Makes the directory.</summary>
    /// <param name="root">The directory of all of them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="open">Opens the log of a container by its directory.</param>
    /// <param name="failed">Hears of what could not be read or removed.</param>
    public RemovedContainers(string root, TimeProvider time, Func<ContainerInfo, IContainerLog> open, Action<string, Exception> failed)
    {
        this.failed = failed;
        this.root = root;
        this.time = time;
        this.open = open;
        Files.TryMakeDirectories(root, Closed).ThrowIfError("make directory", root);
    }

    /// <summary>Reads what is there, and removes what a crash left half-made, what is damaged, and what belongs to containers that are still there.</summary>
    /// <param name="present">Identities of containers.</param>
    public void Open(IReadOnlySet<string> present)
    {
        foreach (string path in Directory.EnumerateDirectories(root))
        {
            string id = Path.GetFileName(path);
            try
            {
                if (id.StartsWith('.') || present.Contains(id)) Directory.Delete(path, recursive: true);
                else lock (gate) all[id] = Read(id, path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
            {
                failed($"read the kept log of container {id}", e);
            }
        }
        Expire();
    }

    /// <summary>Keeps the log of a container that is about to be removed, if its label asks for it.</summary>
    /// <exception cref="LinuxException">It cannot be kept.</exception>
    public void Keep(ContainerInfo info, IContainerLog log)
    {
        (bool isKept, TimeSpan? limit) = KeepLogs.Of(info.Settings);
        if (!isKept || !log.Policy.Keeps) return;
        Expire();
        log.Finish();
        DateTimeOffset now = time.GetUtcNow();
        string made = $"{root}/{NewPrefix}{info.Id}", kept = $"{root}/{info.Id}";
        RemovedContainer removed = new(At(info, kept), now, limit is { } length ? now + length : null);
        // Of a removal that failed before.
        foreach (string old in (ReadOnlySpan<string>)[made, kept])
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        Files.TryMakeDirectories(made, Closed).ThrowIfError("make directory", made);
        StoredRemoved stored = new()
        {
            Container = new() { Name = info.Name, ImageId = info.ImageId, Settings = info.Settings, Host = info.Host, Mounts = info.Mounts, State = info.State },
            CreatedAt = info.CreatedAt,
            RemovedAt = now,
            KeptUntil = removed.KeptUntil,
        };
        File.WriteAllBytes(made + NoteName, JsonSerializer.SerializeToUtf8Bytes(stored, RemovedJson.Default.StoredRemoved));
        if (log is FileLog files) Link(files, info.Directory, made);
        Directory.Move(made, kept);
        lock (gate) all[info.Id] = removed;
    }

    /// <summary>Forgets what was kept of a container that could not be removed.</summary>
    public void Undo(string id)
    {
        lock (gate) all.Remove(id);
        if (Directory.Exists($"{root}/{id}")) Directory.Delete($"{root}/{id}", recursive: true);
    }

    /// <inheritdoc/>
    public IReadOnlyList<RemovedContainer> List()
    {
        Expire();
        lock (gate) return [.. all.Values.OrderByDescending(removed => removed.RemovedAt)];
    }

    /// <inheritdoc/>
    public RemovedContainer Get(string nameOrId) => RemovedContainer.Find(List(), nameOrId);

    /// <inheritdoc/>
    public IAsyncEnumerable<LogLine> LogsAsync(string nameOrId, LogOptions options, CancellationToken cancel = default) => open(Get(nameOrId).Info).ReadAsync(options, Task.CompletedTask, cancel);

    /// <inheritdoc/>
    public void Remove(string nameOrId) => Undo(Get(nameOrId).Info.Id);

    private void Expire()
    {
        DateTimeOffset now = time.GetUtcNow();
        string[] over;
        lock (gate) over = [.. all.Values.Where(removed => removed.KeptUntil < now).Select(removed => removed.Info.Id)];
        foreach (string id in over)
            try
            {
                Undo(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failed($"remove the kept log of container {id}", e);
            }
    }

    private RemovedContainer Read(string id, string path)
    {
        StoredRemoved stored = JsonSerializer.Deserialize(File.ReadAllBytes(path + NoteName), RemovedJson.Default.StoredRemoved) ?? throw new JsonException("it is null");
        ContainerInfo info = new(id, stored.Container.Name)
        {
            CreatedAt = stored.CreatedAt,
            Settings = stored.Container.Settings,
            Host = stored.Container.Host,
            State = stored.Container.State,
            ImageId = stored.Container.ImageId,
            Mounts = stored.Container.Mounts,
            Snapshotter = "",
            Directory = path,
        };
        return new(At(info, path), stored.RemovedAt, stored.KeptUntil);
    }

    private ContainerInfo At(ContainerInfo info, string path) => info with { State = info.State with { Status = ContainerStatus.Removed, Pid = 0 }, Directory = path, LogPath = ContainerRecords.LogPath(root, info.Id, info.Host) };

    private static void Link(FileLog log, string from, string to)
    {
        foreach (string file in log.Names)
        {
            string copy = to + file[from.Length..];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            Errno errno = Entries.TryLink(Files.AT_FDCWD, Text.Utf8Z(file), Files.AT_FDCWD, Text.Utf8Z(copy));
            // It wrote nothing, or not so much.
            if (errno != Errno.ENOENT) errno.ThrowIfError("link", copy);
        }
    }
}
