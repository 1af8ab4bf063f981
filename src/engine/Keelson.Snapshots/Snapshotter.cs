using System.Collections.Immutable;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

/// <summary>What the snapshotters of this library have in common: an index, and one directory a snapshot.</summary>
/// <remarks>
/// Each change is either done or not after a kill -9 at any point:
/// <code>
/// prepare   make new-N and fill it, rename it to its number, append the row
/// commit    finish the tree, sync it, append the row under its new key, sync the index
/// remove    append the end of the row, rename the directory to rm-N; Cleanup deletes it
/// </code>
/// Opening takes the numbers from directories without a row, and the rows from the index that have no directory.
/// </remarks>
public abstract partial class Snapshotter : ISnapshotter, IDisposable
{
    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public const int KeyLimitBytes = 4096;

    private readonly SnapshotterOptions options;
    private readonly SnapshotDirectories directories;
    private readonly SnapshotTable table;
    private readonly IndexLog log;
    private readonly Lock gate = new();
    private readonly Action<string> step;

    private protected Snapshotter(string name, SnapshotterOptions options)
    {
        Name = name;
        this.options = options;
        step = options.Step ?? (static _ => { });
        directories = SnapshotDirectories.Open(options.Root, step);
        try
        {
            table = new(name);
            log = IndexLog.Open(directories.Root, step, table.Apply);
            try
            {
                Recovery = Recover();
                if (log.Lines == 0 || log.Lines > 64 + 2 * table.Rows.Count) log.Rewrite(table.Rows, table.NextId);
            }
            catch
            {
                log.Dispose();
                throw;
            }
        }
        catch
        {
            directories.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>What opening found and put right.</summary>
    public SnapshotRecovery Recovery { get; }

    /// <inheritdoc/>
    public ValueTask<SnapshotInfo> StatAsync(string key, CancellationToken cancel = default)
    {
        lock (gate) return ValueTask.FromResult(table.Get("stat", key).Info);
    }

    /// <inheritdoc/>
    public ValueTask<SnapshotInfo> UpdateAsync(SnapshotInfo info, IReadOnlyCollection<string>? fieldPaths = null, CancellationToken cancel = default)
    {
        lock (gate)
        {
            SnapshotRow row = table.Get("update", info.Name);
            SnapshotInfo updated = row.Info with { Labels = Merge(row.Info, info.Labels, fieldPaths), UpdatedAt = options.Time.GetUtcNow() };
            Append(new(null, row with { Info = updated }));
            return ValueTask.FromResult(updated);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SnapshotUsage> UsageAsync(string key, CancellationToken cancel = default)
    {
        SnapshotRow row;
        lock (gate) row = table.Get("measure", key);
        return row.Info.Kind == SnapshotKind.Active ? await MeasureAsync(row, cancel).ConfigureAwait(false) : row.Usage;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Mount>> MountsAsync(string key, CancellationToken cancel = default)
    {
        SnapshotRow row;
        SnapshotRow[] below;
        lock (gate)
        {
            row = table.Get("mount", key);
            if (row.Info.Kind == SnapshotKind.Committed) throw table.Error(ErrorKind.FailedPrecondition, "mount", key, "it is committed; a view of it can be mounted");
            below = table.Below("mount", key, row.Info.Parent);
        }
        return MountsOfAsync(row, below, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Mount>> PrepareAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) =>
        CreateAsync(SnapshotKind.Active, key, parent, labels, cancel);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Mount>> ViewAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) =>
        CreateAsync(SnapshotKind.View, key, parent, labels, cancel);

    /// <inheritdoc/>
    public async ValueTask CommitAsync(string name, string key, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default)
    {
        CheckKey("commit", name);
        SnapshotRow active;
        lock (gate)
        {
            active = table.GetActive("commit", key);
            table.MustBeFree("commit to", name);
        }
        SnapshotUsage usage = await SealAsync(active, cancel).ConfigureAwait(false);
        if (options.Durability == SnapshotDurability.Layers)
        {
            step("sync the layer");
            await Task.Run(() => Durability.TrySyncFileSystem(directories.Directory.Fd).ThrowIfError("sync", directories.Path), cancel).ConfigureAwait(false);
        }
        long length;
        SnapshotRow committed;
        lock (gate)
        {
            if (table.GetActive("commit", key).Id != active.Id) throw table.Error(ErrorKind.NotFound, "commit", key, "it was removed meanwhile");
            table.MustBeFree("commit to", name);
            DateTimeOffset now = options.Time.GetUtcNow();
            SnapshotInfo info = new(name) { Kind = SnapshotKind.Committed, Parent = active.Info.Parent, Labels = Frozen(labels), CreatedAt = now, UpdatedAt = now };
            committed = active with { Info = info, Usage = usage };
            length = Append(new(key, committed));
        }
        if (options.Durability != SnapshotDurability.None) log.Sync(length);
        await AfterCommitAsync(committed).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string key, CancellationToken cancel = default)
    {
        lock (gate)
        {
            SnapshotRow row = table.GetRemovable(key);
            Append(new(key, null));
            directories.Retire(SnapshotDirectories.NameOf(row.Id));
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SnapshotInfo> WalkAsync(Func<SnapshotInfo, bool>? filter = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel = default)
    {
        SnapshotRow[] rows;
        lock (gate) rows = [.. table.Rows];
        foreach (SnapshotRow row in rows)
        {
            cancel.ThrowIfCancellationRequested();
            if (filter is null || filter(row.Info)) yield return row.Info;
        }
        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask CleanupAsync(CancellationToken cancel = default)
    {
        lock (gate)
        {
            // A directory that kept its number when its row went: the rename had failed.
            HashSet<long> known = [.. table.Rows.Select(row => row.Id)];
            foreach (string name in directories.List())
                if (SnapshotDirectories.IsNumber(name, out long id) && !known.Contains(id)) directories.Retire(name);
        }
        await Task.Run(() => directories.Cleanup(BeforeDelete, cancel), cancel).ConfigureAwait(false);
    }

    /// <summary>Closes the index and lets another process open it.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the files.</summary>
    private protected virtual void Dispose(bool isDisposing)
    {
        if (!isDisposing) return;
        log.Dispose();
        directories.Dispose();
    }

    /// <summary>Where a snapshot's directory is.</summary>
    private protected string DirectoryOf(SnapshotRow row) => directories.Of(row.Id);

    /// <summary>The directories of this snapshotter, to make drafts in.</summary>
    private protected SnapshotDirectories Place => directories;

    /// <summary>Fills a new directory.</summary>
    /// <param name="draft">Its name.</param>
    /// <param name="kind">Active or view.</param>
    /// <param name="below">What it stands on, the parent first.</param>
    /// <param name="owners">Owners to map.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>Whether the directory holds the whole tree now.</returns>
    private protected abstract ValueTask<bool> FillAsync(string draft, SnapshotKind kind, SnapshotRow[] below, OwnerMap? owners, CancellationToken cancel);

    /// <summary>The mounts of an active snapshot or a view.</summary>
    private protected abstract ValueTask<IReadOnlyList<Mount>> MountsOfAsync(SnapshotRow row, SnapshotRow[] below, CancellationToken cancel);

    /// <summary>Where the files of a snapshot are that it has itself.</summary>
    private protected abstract string TreeOf(SnapshotRow row);

    /// <summary>Makes the tree what it stays as, before the row is committed; may be done again after a crash.</summary>
    /// <returns>What it takes.</returns>
    private protected virtual ValueTask<SnapshotUsage> SealAsync(SnapshotRow active, CancellationToken cancel) => MeasureAsync(active, cancel);

    /// <summary>Takes away what a committed snapshot does not need any more.</summary>
    private protected virtual ValueTask AfterCommitAsync(SnapshotRow committed) => ValueTask.CompletedTask;

    /// <summary>Puts a snapshot right that a crash may have left half sealed.</summary>
    private protected virtual void RecoverOne(SnapshotRow row)
    {
    }

    /// <summary>Takes mounts away from a directory that is to be deleted.</summary>
    private protected virtual void BeforeDelete(string path)
    {
    }

    private protected async ValueTask<SnapshotUsage> MeasureAsync(SnapshotRow row, CancellationToken cancel)
    {
        string path = TreeOf(row);
        return await Task.Run(() => TreeUsage.Measure(path, cancel), cancel).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<Mount>> CreateAsync(SnapshotKind kind, string key, string parent, IReadOnlyDictionary<string, string>? labels, CancellationToken cancel)
    {
        CheckKey("make", key);
        ImmutableSortedDictionary<string, string> frozen = Frozen(labels);
        OwnerMap? owners = OwnerMap.Of(frozen);
        SnapshotRow[] below;
        lock (gate)
        {
            table.MustBeFree("make", key);
            below = table.Below("make", key, parent);
            table.Pin(parent);
        }
        string? draft = null;
        SnapshotRow row;
        try
        {
            draft = directories.MakeDraft();
            bool isWhole = await FillAsync(draft, kind, below, owners, cancel).ConfigureAwait(false);
            lock (gate)
            {
                table.MustBeFree("make", key);
                DateTimeOffset now = options.Time.GetUtcNow();
                row = new(table.NextId, new(key) { Kind = kind, Parent = parent, Labels = frozen, CreatedAt = now, UpdatedAt = now }) { IsWhole = isWhole };
                directories.Publish(draft, row.Id);
                draft = SnapshotDirectories.NameOf(row.Id);
                table.PassOver(row.Id);
                Append(new(null, row));
                draft = null;
            }
        }
        finally
        {
            lock (gate)
            {
                table.Unpin(parent);
                if (draft is not null) directories.Retire(draft);
            }
        }
        return await MountsOfAsync(row, below, cancel).ConfigureAwait(false);
    }

    private long Append(IndexRecord record)
    {
        long length = log.Append(record);
        table.Apply(record);
        if (log.Lines <= 4096 + 4 * table.Rows.Count) return length;
        log.Rewrite(table.Rows, table.NextId);
        return log.Length;
    }

    private SnapshotRecovery Recover()
    {
        List<string> removed = [], dropped = [], orphans = [];
        HashSet<long> known = [.. table.Rows.Select(row => row.Id)], found = [];
        foreach (string name in directories.List())
        {
            if (SnapshotDirectories.IsGone(name)) continue;
            if (SnapshotDirectories.IsNumber(name, out long id))
            {
                found.Add(id);
                table.PassOver(id);
                if (known.Contains(id)) continue;
            }
            removed.Add(name);
            directories.Retire(name);
        }
        foreach (SnapshotRow row in table.Rows.ToArray())
        {
            if (found.Contains(row.Id)) RecoverOne(row);
            else
            {
                dropped.Add(row.Key);
                Append(new(row.Key, null));
            }
        }
        foreach (SnapshotRow row in table.Rows)
            if (row.Info.Parent.Length > 0 && table.Find(row.Info.Parent) is null) orphans.Add(row.Key);
        return new(removed, dropped, orphans, log.LostBytes);
    }
}
