using Keelson.Content;
using Keelson.Snapshots;

namespace Keelson.Engine.Snapshots;

public sealed partial class SnapshotService
{
    /// <summary>Compares names with files, before anybody uses either.</summary>
    private async Task<SnapshotRepair> RepairAsync()
    {
        SnapshotRepair sum = new(0, 0, 0, []);
        MetadataView view = database.View();
        List<(string Space, SnapshotRecord Row)> names = [.. view.Namespaces.SelectMany(space => view.Snapshots(space).Select(row => (space, row)))];
        foreach ((string name, ISnapshotter files) in snapshotters)
        {
            Dictionary<string, SnapshotInfo> kept = new(StringComparer.Ordinal);
            await foreach (SnapshotInfo info in files.WalkAsync().ConfigureAwait(false)) kept.Add(info.Name, info);
            List<(string Space, SnapshotRecord Row)> empty = [];
            foreach ((string space, SnapshotRecord row) in names)
                if (row.Snapshotter == name && !kept.Remove(row.InternalName)) empty.Add((space, row));
            int completed = await CompleteAsync(name, empty, kept).ConfigureAwait(false);
            int unnamed = await DropAllAsync(files, kept).ConfigureAwait(false);
            List<string> damaged = await ForgetAsync(name, empty).ConfigureAwait(false);
            sum = new(sum.Completed + completed, sum.Unnamed + unnamed, sum.Empty + empty.Count - damaged.Count, [.. sum.Damaged, .. damaged]);
        }
        return sum;
    }

    /// <summary>An active name without files, and committed files of its number without a name: the commit had been under way.</summary>
    private async Task<int> CompleteAsync(string snapshotter, List<(string Space, SnapshotRecord Row)> empty, Dictionary<string, SnapshotInfo> unnamed)
    {
        int completed = 0;
        foreach (SnapshotInfo info in unnamed.Values.ToArray())
        {
            if (info.Kind != SnapshotKind.Committed) continue;
            int at = empty.FindIndex(found => found.Row.Kind == SnapshotKind.Active && SameNumber(found.Row.InternalName, info.Name));
            if (at < 0) continue;
            (string space, SnapshotRecord row) = empty[at];
            string name = info.Name[(NumberEnd(info.Name) + 1)..];
            SnapshotIndex index = database.Snapshots(space, snapshotter);
            if (index.List().Any(other => other.Key == name)) continue;
            await index.CommitAsync(row.Key, name, LabelSet.From(info.Labels), SnapshotEvents.Commit(space, row.Key, name)).ConfigureAwait(false);
            empty.RemoveAt(at);
            unnamed.Remove(info.Name);
            completed++;
        }
        return completed;
    }

    /// <summary>Removes files that have no name, those first on which nothing stands.</summary>
    private static async Task<int> DropAllAsync(ISnapshotter files, Dictionary<string, SnapshotInfo> unnamed)
    {
        int dropped = 0;
        HashSet<string> done = new(StringComparer.Ordinal);
        for (bool isProgress = true; isProgress;)
        {
            isProgress = false;
            foreach (SnapshotInfo info in unnamed.Values)
            {
                if (done.Contains(info.Name) || unnamed.Values.Any(other => other.Parent == info.Name && !done.Contains(other.Name))) continue;
                try
                {
                    await files.RemoveAsync(info.Name).ConfigureAwait(false);
                    dropped++;
                }
                catch (KeelsonException e) when (e.Kind == ErrorKind.FailedPrecondition)
                {
                    // Something that has a name stands on it; it goes with the collection that finds it without.
                }
                done.Add(info.Name);
                isProgress = true;
            }
        }
        return dropped;
    }

    /// <summary>Removes names that have no files; one on which others stand stays.</summary>
    /// <returns>Those that stay.</returns>
    private async Task<List<string>> ForgetAsync(string snapshotter, List<(string Space, SnapshotRecord Row)> empty)
    {
        List<(string Space, SnapshotRecord Row)> left = [.. empty];
        for (bool isProgress = true; isProgress;)
        {
            isProgress = false;
            foreach ((string space, SnapshotRecord row) in left.ToArray())
            {
                SnapshotIndex index = database.Snapshots(space, snapshotter);
                if (index.List().Any(other => other.Parent == row.Key)) continue;
                await index.DeleteAsync(row.Key, SnapshotEvents.Remove(space, row.Key)).ConfigureAwait(false);
                left.Remove((space, row));
                isProgress = true;
            }
        }
        return [.. left.Select(found => $"{found.Space}/{snapshotter}/{found.Row.Key}")];
    }

    /// <summary>Where the number of an internal name ends, <c>NAMESPACE/NUMBER/KEY</c>; -1 when it is no such name.</summary>
    private static int NumberEnd(string internalName)
    {
        int slash = internalName.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? -1 : internalName.IndexOf('/', slash + 1);
    }

    private static bool SameNumber(string one, string other)
    {
        int end = NumberEnd(one);
        return end > 0 && end == NumberEnd(other) && one.AsSpan(0, end).SequenceEqual(other.AsSpan(0, end));
    }
}
