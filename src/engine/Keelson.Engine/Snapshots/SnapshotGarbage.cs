using Keelson.Content;
using Keelson.Snapshots;

namespace Keelson.Engine.Snapshots;

/// <summary>Removes the files of snapshots whose names were collected.</summary>
internal sealed class SnapshotGarbage(ISnapshotter files, SnapshotCleaner cleaner) : IGarbageResource
{
    public string Type => LeaseResource.Snapshots + files.Name;

    public IReadOnlyCollection<GarbageEntry> List() => [];

    public ValueTask RemoveAsync(GarbageNode node, SnapshotRecord? snapshot, CancellationToken cancel) =>
        snapshot is null ? ValueTask.CompletedTask : cleaner.DropAsync(files, snapshot.InternalName);
}
