using Keelson.Content;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.Engine;

public sealed partial class ContainerEngine
{
    /// <summary>What images and snapshots take. Active snapshots are counted, which takes as long as they have files.</summary>
    public async Task<StorageUsage> UsageAsync(CancellationToken cancel = default)
    {
        MetadataView view = Database.View();
        Dictionary<Digest, long> content = [];
        long ingests = 0;
        foreach (string space in view.Namespaces)
        {
            foreach (ContentInfo info in view.Content(space)) content[info.Digest] = info.Size;
            foreach (ContentStatus status in Database.Content(space).ListStatuses()) ingests += status.Offset;
        }
        Dictionary<string, SnapshotUsage> snapshots = Snapshots.Names.ToDictionary(name => name, _ => new SnapshotUsage(0, 0));
        foreach ((_, string name, SnapshotUsage usage) in await Snapshots.UsageAsync(cancel).ConfigureAwait(false))
            snapshots[name] = new(snapshots[name].SizeBytes + usage.SizeBytes, snapshots[name].Inodes + usage.Inodes);
        DriveInfo disk = new(Options.Root);
        return new(content.Values.Sum(), content.Count, ingests, snapshots, disk.TotalSize, disk.AvailableFreeSpace);
    }
}
