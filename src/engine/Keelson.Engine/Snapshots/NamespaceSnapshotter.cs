using System.Runtime.CompilerServices;
using Keelson.Content;
using Keelson.Snapshots;

namespace Keelson.Engine.Snapshots;

/// <summary>One snapshotter as one namespace sees it: keys are the namespace's own, and what is made is held by a lease when there is one.</summary>
/// <param name="service">The service.</param>
/// <param name="files">The snapshotter that keeps the files, under internal names.</param>
/// <param name="space">The namespace.</param>
/// <param name="index">The names.</param>
internal sealed class NamespaceSnapshotter(SnapshotService service, ISnapshotter files, string space, SnapshotIndex index) : ISnapshotter
{
    /// <summary>Labels that mean something to a snapshotter; all others are for the metadata.</summary>
    private const string SnapshotPrefix = "containerd.io/snapshot";

    public string Name => files.Name;

    public ValueTask<SnapshotInfo> StatAsync(string key, CancellationToken cancel = default) => ValueTask.FromResult(Info(index.Get(key)));

    public async ValueTask<SnapshotInfo> UpdateAsync(SnapshotInfo info, IReadOnlyCollection<string>? fieldPaths = null, CancellationToken cancel = default) =>
        Info(await index.UpdateAsync(info.Name, LabelSet.From(info.Labels), fieldPaths).ConfigureAwait(false));

    public ValueTask<SnapshotUsage> UsageAsync(string key, CancellationToken cancel = default) => files.UsageAsync(index.Get(key).InternalName, cancel);

    public async ValueTask<IReadOnlyList<Mount>> MountsAsync(string key, CancellationToken cancel = default)
    {
        SnapshotRecord row = index.Get(key);
        if (row.Kind == SnapshotKind.Committed)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"mount snapshot {key} in namespace {space}: it is committed; a view of it can be mounted");
        try
        {
            return await files.MountsAsync(row.InternalName, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound && index.Find(key)?.InternalName == row.InternalName)
        {
            throw new KeelsonException(ErrorKind.DataLoss, $"mount snapshot {key} in namespace {space}: its files are gone", e);
        }
    }

    public ValueTask<IReadOnlyList<Mount>> PrepareAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) =>
        CreateAsync(SnapshotKind.Active, key, parent, labels, cancel);

    public ValueTask<IReadOnlyList<Mount>> ViewAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) =>
        CreateAsync(SnapshotKind.View, key, parent, labels, cancel);

    public async ValueTask CommitAsync(string name, string key, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default)
    {
        LabelSet set = LabelSet.From(labels ?? LabelSet.Empty);
        using KeyedLock.Holder held = await service.Commits.EnterAsync($"{space}/{Name}/{name}", cancel).ConfigureAwait(false);
        SnapshotRecord active = index.Get(key);
        if (active.Kind != SnapshotKind.Active) throw new KeelsonException(ErrorKind.FailedPrecondition, $"commit snapshot {key} in namespace {space}: it is not active");
        if (index.Find(name) is not null) throw new KeelsonException(ErrorKind.AlreadyExists, $"commit snapshot {key} in namespace {space}: {name} exists already");
        string internalName = SnapshotIndex.InternalName(active, name);
        service.Step("commit the files");
        await files.CommitAsync(internalName, active.InternalName, set, cancel).ConfigureAwait(false);
        service.Step("commit the name");
        try
        {
            await index.CommitAsync(key, name, set, SnapshotEvents.Commit(space, key, name)).ConfigureAwait(false);
        }
        catch
        {
            // The active snapshot was removed meanwhile, or the metadata cannot be written; then the next opening completes it or removes what is here.
            if (index.Find(key) is null) await service.DropAsync(files, internalName).ConfigureAwait(false);
            throw;
        }
        // Some snapshotters leave what a committed snapshot does not need.
        service.Clean();
    }

    public async ValueTask RemoveAsync(string key, CancellationToken cancel = default)
    {
        service.Step("remove the name");
        SnapshotRecord row = await index.DeleteAsync(key, SnapshotEvents.Remove(space, key)).ConfigureAwait(false);
        service.Step("remove the files");
        await service.DropAsync(files, row.InternalName).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<SnapshotInfo> WalkAsync(Func<SnapshotInfo, bool>? filter = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        foreach (SnapshotRecord row in index.List())
        {
            cancel.ThrowIfCancellationRequested();
            SnapshotInfo info = Info(row);
            if (filter is null || filter(info)) yield return info;
        }
        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    public ValueTask CleanupAsync(CancellationToken cancel = default) => new(service.CleanupAsync(cancel));

    private async ValueTask<IReadOnlyList<Mount>> CreateAsync(SnapshotKind kind, string key, string parent, IReadOnlyDictionary<string, string>? labels, CancellationToken cancel)
    {
        LabelSet set = LabelSet.From(labels ?? LabelSet.Empty);
        service.Step("make the name");
        EventDraft? announce = kind == SnapshotKind.Active ? SnapshotEvents.Prepare(space, key, parent) : null;
        SnapshotRecord row = await index.CreateAsync(key, parent, kind, set, announce).ConfigureAwait(false);
        try
        {
            service.Step("make the files");
            // The name that has just been made keeps its parent from being removed.
            string below = parent.Length == 0 ? "" : index.Get(parent).InternalName;
            LabelSet forFiles = LabelSet.From(set.Where(label => label.Key.StartsWith(SnapshotPrefix, StringComparison.Ordinal)));
            IReadOnlyList<Mount> mounts = kind == SnapshotKind.Active
                ? await files.PrepareAsync(row.InternalName, below, forFiles, cancel).ConfigureAwait(false)
                : await files.ViewAsync(row.InternalName, below, forFiles, cancel).ConfigureAwait(false);
            // A collection that took the name before there were files has not found any to remove.
            if (index.Find(key)?.InternalName == row.InternalName) return mounts;
            throw new KeelsonException(ErrorKind.NotFound, $"make snapshot {key} in namespace {space}: it was removed meanwhile");
        }
        catch
        {
            if (index.Find(key)?.InternalName == row.InternalName) await index.DeleteAsync(key, announce is null ? null : SnapshotEvents.Remove(space, key)).ConfigureAwait(false);
            await service.DropAsync(files, row.InternalName).ConfigureAwait(false);
            throw;
        }
    }

    private static SnapshotInfo Info(SnapshotRecord row) => new(row.Key) { Kind = row.Kind, Parent = row.Parent, Labels = row.Labels, CreatedAt = row.CreatedAt, UpdatedAt = row.UpdatedAt };
}
