using Keelson.Content;
using Keelson.Snapshots;

namespace Keelson.Engine.Snapshots;

/// <summary>Snapshots with names in the metadata and files with snapshotters.</summary>
/// <remarks>
/// A change is two steps, and a crash between them is mended at the next opening, so that no name stays without files and no files without a name:
/// <code>
///           first                          then                         a crash in between
/// prepare   the name                       the files                    the name goes
/// commit    the files, under the number    the name                     the commit is completed: the number links the two
///           of the active snapshot
/// remove    the name                       the files                    the files go
/// </code>
/// </remarks>
public sealed partial class SnapshotService : ISnapshotService, IAsyncDisposable
{
    private readonly Dictionary<string, ISnapshotter> snapshotters;
    private readonly MetadataDatabase database;
    private readonly SnapshotOptions options;
    private readonly SnapshotCleaner cleaner;

    private SnapshotService(MetadataDatabase database, SnapshotOptions options, Dictionary<string, ISnapshotter> snapshotters, IReadOnlyList<string> names)
    {
        this.database = database;
        this.options = options;
        this.snapshotters = snapshotters;
        Names = names;
        cleaner = new(snapshotters.Values, options.Failed);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What opening it found and put right.</summary>
    public SnapshotRepair Repair { get; private set; } = new(0, 0, 0, []);

    /// <summary>Commits of the same name wait for each other.</summary>
    internal KeyedLock Commits { get; } = new();

    internal MetadataDatabase Database => database;

    internal Action<string> Step { get; private set; } = static _ => { };

    /// <summary>Opens all snapshotters that this machine has, and puts right what a crash left.</summary>
    /// <param name="database">The metadata; they stay the caller's. The service joins their garbage collection.</param>
    /// <param name="root">The directory that has one directory for each snapshotter.</param>
    /// <param name="options">How; the defaults when left out.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the default is none of the snapshotters. FailedPrecondition: another process has one open. DataLoss: an index is damaged.</exception>
    public static async Task<SnapshotService> OpenAsync(MetadataDatabase database, string root, SnapshotOptions? options = null)
    {
        options ??= new();
        Dictionary<string, ISnapshotter> opened = new(StringComparer.Ordinal);
        try
        {
            foreach (ISnapshotter snapshotter in OpenAll(root, database.Options.Time, options))
                if (!opened.TryAdd(snapshotter.Name, snapshotter)) throw new KeelsonException(ErrorKind.AlreadyExists, $"open snapshotter {snapshotter.Name}: there are two of this name");
            if (!opened.ContainsKey(options.Default)) throw new KeelsonException(ErrorKind.InvalidArgument, $"open snapshotters: the default {options.Default} is none of {string.Join(", ", opened.Keys)}");
            SnapshotService service = new(database, options, opened, [options.Default, .. opened.Keys.Where(name => name != options.Default)]);
            service.Repair = await service.RepairAsync().ConfigureAwait(false);
            if (options.Step is not null) service.Step = options.Step;
            foreach (ISnapshotter snapshotter in opened.Values) database.Collector.Register(new SnapshotGarbage(snapshotter, service.cleaner));
            service.cleaner.Wake();
            return service;
        }
        catch
        {
            foreach (ISnapshotter snapshotter in opened.Values) (snapshotter as IDisposable)?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ISnapshotter Of(string space, string snapshotter = "", string? lease = null)
    {
        string name = snapshotter.Length == 0 ? options.Default : snapshotter;
        return new NamespaceSnapshotter(this, Files(name), space, database.Snapshots(space, name, lease));
    }

    /// <summary>Bytes and inodes that snapshots take, by namespace and snapshotter: committed ones as counted then, active ones now, which takes as long as they have files.</summary>
    public async Task<IReadOnlyList<NamespaceUsage>> UsageAsync(CancellationToken cancel = default)
    {
        List<NamespaceUsage> found = [];
        MetadataView view = database.View();
        foreach (string space in view.Namespaces)
        {
            // A snapshotter of another program that is configured no more has rows and no files.
            foreach (IGrouping<string, SnapshotRecord> rows in view.Snapshots(space).GroupBy(row => row.Snapshotter).Where(rows => snapshotters.ContainsKey(rows.Key)))
            {
                ISnapshotter files = Of(space, rows.Key);
                SnapshotUsage sum = new(0, 0);
                foreach (SnapshotRecord row in rows)
                {
                    cancel.ThrowIfCancellationRequested();
                    try
                    {
                        SnapshotUsage usage = await files.UsageAsync(row.Key, cancel).ConfigureAwait(false);
                        sum = new(sum.SizeBytes + usage.SizeBytes, sum.Inodes + usage.Inodes);
                    }
                    catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
                    {
                        // It was removed meanwhile.
                    }
                }
                found.Add(new(space, rows.Key, sum));
            }
        }
        return found;
    }

    /// <summary>Waits until the files of all snapshots that have been removed are deleted.</summary>
    public Task CleanupAsync(CancellationToken cancel = default) => cleaner.DrainAsync(cancel);

    /// <summary>Closes the snapshotters. Mounts stay.</summary>
    public async ValueTask DisposeAsync()
    {
        await cleaner.DisposeAsync().ConfigureAwait(false);
        foreach (ISnapshotter snapshotter in snapshotters.Values) (snapshotter as IDisposable)?.Dispose();
    }

    /// <summary>Has what is not needed any more deleted soon.</summary>
    internal void Clean() => cleaner.Wake();

    /// <summary>Removes files whose name is gone; who still stands on them keeps them until later.</summary>
    internal ValueTask DropAsync(ISnapshotter files, string internalName) => cleaner.DropAsync(files, internalName);

    private ISnapshotter Files(string name) => snapshotters.GetValueOrDefault(name) ?? throw new KeelsonException(ErrorKind.NotFound, $"use snapshotter {name}: there is none of this name");

    private static IEnumerable<ISnapshotter> OpenAll(string root, TimeProvider time, SnapshotOptions options)
    {
        yield return OverlaySnapshotter.Open(new(root + "/" + SnapshotOptions.OverlayName) { Time = time, Durability = options.Durability, MountOptions = options.OverlayMountOptions });
        yield return NativeSnapshotter.Open(new(root + "/native") { Time = time, Durability = options.Durability });
        if (ErofsSnapshotter.Missing is null) yield return ErofsSnapshotter.Open(new(root + "/erofs") { Time = time, Durability = options.Durability });
        foreach (ISnapshotter other in options.Others) yield return other;
    }
}
