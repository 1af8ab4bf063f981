using Keelson.Content;
using Keelson.Engine.Snapshots;
using Keelson.Engine;
using Keelson.Hosting.Metrics;
using Keelson.Snapshots;

namespace Keelson.Api.Metrics;

/// <summary>What images, content and snapshots are there and what they take.</summary>
/// <remarks>
/// Numbers come from the metadata; bytes of active snapshots have to be counted in their files, which takes as long as there are files. So that is done beside the scrapes:
/// one count at a time, at most one in <see cref="CountInterval"/>, and a scrape that it is not ready for tells what was counted before, and when.
/// </remarks>
internal sealed class StorageFigures(ContainerEngine engine, TimeProvider time, Action<Exception> failed)
{
    /// <summary>Least time between counts of the files: a count reads directories, a scrape should cost nothing.</summary>
    public static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private Task counting = Task.CompletedTask;
    private long? started;
    private volatile Count? last;

    /// <summary>Sees to it that there is a count of late.</summary>
    public void Begin(CancellationToken stop)
    {
        lock (gate)
        {
            if (!counting.IsCompleted || (started is { } stamp && time.GetElapsedTime(stamp) < CountInterval)) return;
            started = time.GetTimestamp();
            counting = Task.Run(() => CountAsync(stop), CancellationToken.None);
        }
    }

    /// <summary>Writes them, after waiting so long for a count that runs.</summary>
    public async Task WriteAsync(MetricsWriter writer, TimeSpan limit)
    {
        await Task.WhenAny(counting, Task.Delay(limit, time)).ConfigureAwait(false);
        WriteMetadata(writer);
        if (last is { } known) WriteCount(writer, known);
        DriveInfo disk = new(engine.Options.Root);
        writer.Gauge("keelson_filesystem_size_bytes", "Size of the file system that the daemon's root is on.");
        writer.Sample("keelson_filesystem_size_bytes", (ulong)disk.TotalSize);
        writer.Gauge("keelson_filesystem_avail_bytes", "What of that file system is free.");
        writer.Sample("keelson_filesystem_avail_bytes", (ulong)disk.AvailableFreeSpace);
    }

    private async Task CountAsync(CancellationToken stop)
    {
        try
        {
            IReadOnlyList<NamespaceUsage> usages = await engine.Snapshots.UsageAsync(stop).ConfigureAwait(false);
            last = new(time.GetTimestamp(), usages);
        }
        catch (OperationCanceledException)
        {
            // The daemon stops.
        }
        catch (Exception e)
        {
            failed(e);
        }
    }

    private void WriteMetadata(MetricsWriter writer)
    {
        MetadataView view = engine.Database.View();
        string[] spaces = [.. view.Namespaces];
        writer.Gauge("keelson_images", "Names of images, by namespace.");
        foreach (string space in spaces) writer.Sample("keelson_images", (ulong)view.Images(space).Count(), ("namespace", space));
        writer.Gauge("keelson_containers", "Containers, by namespace.");
        foreach (string space in spaces) writer.Sample("keelson_containers", (ulong)view.Containers(space).Count(), ("namespace", space));
        writer.Gauge("keelson_content_blobs", "Blobs of content, by namespace; what namespaces share counts in each.");
        foreach (string space in spaces) writer.Sample("keelson_content_blobs", (ulong)view.Content(space).Count(), ("namespace", space));
        writer.Gauge("keelson_content_bytes", "Bytes of content, by namespace; what namespaces share counts in each.");
        foreach (string space in spaces) writer.Sample("keelson_content_bytes", (ulong)view.Content(space).Sum(info => info.Size), ("namespace", space));
        writer.Gauge("keelson_ingest_bytes", "Bytes of content that is being written, by namespace.");
        foreach (string space in spaces) writer.Sample("keelson_ingest_bytes", (ulong)engine.Database.Content(space).ListStatuses().Sum(status => status.Offset), ("namespace", space));
        writer.Gauge("keelson_snapshots", "Snapshots, by namespace, snapshotter and kind.");
        foreach (string space in spaces)
            foreach (var kind in view.Snapshots(space).CountBy(row => (row.Snapshotter, row.Kind)))
                writer.Sample("keelson_snapshots", (ulong)kind.Value, ("namespace", space), ("snapshotter", kind.Key.Snapshotter), ("kind", kind.Key.Kind.ToString().ToLowerInvariant()));
    }

    private void WriteCount(MetricsWriter writer, Count count)
    {
        writer.Gauge("keelson_snapshot_bytes", "Bytes that snapshots take, by namespace and snapshotter.");
        foreach ((string space, string snapshotter, SnapshotUsage usage) in count.Usages) writer.Sample("keelson_snapshot_bytes", (ulong)usage.SizeBytes, ("namespace", space), ("snapshotter", snapshotter));
        writer.Gauge("keelson_snapshot_inodes", "Inodes that snapshots take, by namespace and snapshotter.");
        foreach ((string space, string snapshotter, SnapshotUsage usage) in count.Usages) writer.Sample("keelson_snapshot_inodes", (ulong)usage.Inodes, ("namespace", space), ("snapshotter", snapshotter));
        writer.Gauge("keelson_snapshot_count_age_seconds", "How long ago bytes and inodes of snapshots were counted.");
        writer.Sample("keelson_snapshot_count_age_seconds", time.GetElapsedTime(count.Stamp).TotalSeconds);
    }

    private sealed record Count(long Stamp, IReadOnlyList<NamespaceUsage> Usages);
}
