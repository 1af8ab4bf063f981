using System.Collections.Immutable;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Removes what neither an image, a lease, a container, a sandbox, a fresh ingest nor a label <c>gc.root</c> needs.</summary>
/// <remarks>
/// Marking takes a state of the metadata, which never changes, while others write. The rows of what was not reached go in one transaction, and only if the
/// metadata are still those that were marked; when others were faster twice, the third time marks within the transaction. Blobs and snapshots go after the
/// rows: a crash in between leaves blobs that opening the store, or the next collection, removes. What is committed anew meanwhile has a row, and stays.
/// </remarks>
public sealed class GarbageCollector
{
    private const int MarksBesideWriters = 2;

    private readonly MetadataDatabase database;
    private readonly KeyedLock oneAtATime = new();
    private ImmutableArray<IGarbageResource> resources = [];

    internal GarbageCollector(MetadataDatabase database) => this.database = database;

    /// <summary>Lets a part of the engine join: its things are kept and removed with the others.</summary>
    /// <exception cref="KeelsonException">AlreadyExists: its type has been registered.</exception>
    public void Register(IGarbageResource resource)
    {
        if (Knows(resource.Type)) throw new KeelsonException(ErrorKind.AlreadyExists, $"register garbage resource {resource.Type}: it is registered already");
        ImmutableInterlocked.Update(ref resources, (list, added) => list.Add(added), resource);
    }

    /// <summary>Collects once. A call that comes while another one runs waits for it and collects again.</summary>
    /// <param name="cancel">Ends it between two files; what was removed stays removed.</param>
    /// <exception cref="KeelsonException">The log could not be written; nothing was removed.</exception>
    public async Task<GarbageReport> CollectAsync(CancellationToken cancel = default)
    {
        using KeyedLock.Holder held = await oneAtATime.EnterAsync("", cancel).ConfigureAwait(false);
        long start = database.Options.Time.GetTimestamp();
        List<GarbageEntry> extra = [.. resources.SelectMany(resource => resource.List())];
        (GarbageSweep sweep, GarbageMark mark, TimeSpan paused) = await SweepAsync(extra).ConfigureAwait(false);
        List<GarbageNode> own = [.. extra.Select(entry => entry.Node).Where(node => !mark.IsReached(node))];
        List<Exception> failures = [];
        (int blobs, long bytes) = await RemoveFilesAsync(sweep, failures, cancel).ConfigureAwait(false);
        foreach ((GarbageNode node, SnapshotRecord row) in sweep.Snapshots) await RemoveAsync(node, row, failures, cancel).ConfigureAwait(false);
        foreach (GarbageNode node in own) await RemoveAsync(node, null, failures, cancel).ConfigureAwait(false);
        return new()
        {
            Removed = [.. sweep.Nodes, .. own],
            RemovedBlobs = blobs,
            RemovedBytes = bytes,
            Elapsed = database.Options.Time.GetElapsedTime(start),
            Paused = paused,
            Failures = failures,
        };
    }

    internal bool Knows(string type) => resources.Any(resource => resource.Type == type);

    private async Task<(GarbageSweep, GarbageMark, TimeSpan)> SweepAsync(List<GarbageEntry> extra)
    {
        for (int attempt = 1; ; attempt++)
        {
            MetadataState marked = database.State;
            GarbageMark? mark = attempt <= MarksBesideWriters ? GarbageMark.Run(marked, extra, database.Options.Time.GetUtcNow()) : null;
            TimeSpan paused = TimeSpan.Zero;
            GarbageSweep? sweep = await database.Writer.WriteAsync(tx =>
            {
                if (mark is not null && !ReferenceEquals(tx.State, marked)) return null;
                long start = database.Options.Time.GetTimestamp();
                mark ??= GarbageMark.Run(tx.State, extra, tx.Now);
                GarbageSweep done = GarbageSweep.Run(tx, mark, database.Ingests.IsOpen);
                paused = database.Options.Time.GetElapsedTime(start);
                return done;
            }).ConfigureAwait(false);
            if (sweep is not null) return (sweep, mark!, paused);
        }
    }

    /// <summary>Removes all blobs that no row knows: those of this collection, of calls of delete, and what an earlier collection did not come to.</summary>
    private async Task<(int Blobs, long Bytes)> RemoveFilesAsync(GarbageSweep sweep, List<Exception> failures, CancellationToken cancel)
    {
        HashSet<Digest> unknown = database.Blobs.List();
        foreach (NamespaceState space in database.State.Namespaces.Values)
            foreach (ContentInfo content in space.Content.Values) unknown.Remove(content.Digest);
        int blobs = 0;
        long bytes = 0;
        foreach (Digest digest in unknown)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (!database.Blobs.TryFind(digest, out BlobStatus found) || !await database.RemoveBlobIfUnknownAsync(digest).ConfigureAwait(false)) continue;
                blobs++;
                bytes += found.Size;
            }
            catch (KeelsonException e)
            {
                failures.Add(e);
            }
        }
        foreach (IngestRecord ingest in sweep.Ingests)
            try
            {
                await database.RemoveIngestAsync(ingest).ConfigureAwait(false);
            }
            catch (KeelsonException e)
            {
                failures.Add(e);
            }
        return (blobs, bytes);
    }

    private async Task RemoveAsync(GarbageNode node, SnapshotRecord? row, List<Exception> failures, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        foreach (IGarbageResource resource in resources)
        {
            if (resource.Type != node.Type) continue;
            try
            {
                await resource.RemoveAsync(node, row, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failures.Add(e);
            }
        }
    }
}
