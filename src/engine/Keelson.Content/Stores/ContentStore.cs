using Keelson.Linux;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Content as one namespace sees it, written under a lease or under none.</summary>
public sealed partial class ContentStore : IContentStore
{
    private readonly MetadataDatabase database;
    private readonly string space;
    private readonly string? lease;

    internal ContentStore(MetadataDatabase database, string space, string? lease)
    {
        this.database = database;
        this.space = space;
        this.lease = lease;
    }

    /// <inheritdoc/>
    public ContentInfo Info(Digest digest) => Find(digest, "look up");

    /// <summary>What is known of a blob; <see langword="null"/> when there is none of this digest.</summary>
    public ContentInfo? Find(Digest digest) => database.State.Namespace(space).Content.GetValueOrDefault(digest.ToString());

    /// <inheritdoc/>
    public async Task<ContentInfo> UpdateAsync(ContentInfo info, IReadOnlyCollection<string>? fieldPaths = null, EventDraft? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            ContentInfo current = tx.Get(Tables.Content, space, info.Digest.ToString(), "update");
            LabelSet labels = FieldMask.Apply($"content {info.Digest}", current.Labels, info.Labels, fieldPaths is null or { Count: 0 } ? ["labels"] : fieldPaths);
            ContentInfo updated = current with { Labels = labels, UpdatedAt = tx.Now };
            tx.Put(Tables.Content, space, updated);
            tx.Publish(announce);
            tx.MadeGarbage = true;
            return updated;
        }).ConfigureAwait(false);

    /// <inheritdoc/>
    public IEnumerable<ContentInfo> List(Filter? filter = null)
    {
        IEnumerable<ContentInfo> rows = database.State.Namespace(space).Content.Values;
        return filter is null ? rows : rows.Where(filter.Matches);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(Digest digest, EventDraft? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            tx.Get(Tables.Content, space, digest.ToString(), "delete");
            tx.Remove(Tables.Content, space, digest.ToString());
            tx.Publish(announce);
            tx.MadeGarbage = true;
            return true;
        }).ConfigureAwait(false);

    /// <inheritdoc/>
    public ContentReader OpenReader(Digest digest)
    {
        ContentInfo info = Find(digest, "open");
        FdHandle? file = database.Blobs.Open(digest);
        // The row may have gone, and its file with it, since it was looked at.
        if (file is null)
        {
            Find(digest, "open");
            throw new KeelsonException(ErrorKind.DataLoss, $"open content {digest}: its file is missing");
        }
        return ContentReader.Open(info, file);
    }

    /// <inheritdoc/>
    public ContentStatus Status(string reference)
    {
        IngestRecord row = database.State.Namespace(space).Ingests.GetValueOrDefault(reference) ?? throw MetadataTransaction.Missing(Tables.Ingests, space, reference, "look up");
        return StatusOf(row);
    }

    /// <inheritdoc/>
    public IEnumerable<ContentStatus> ListStatuses(Filter? filter = null) =>
        database.State.Namespace(space).Ingests.Values.Select(StatusOf).Where(status => filter is null || filter.Matches(status));

    /// <inheritdoc/>
    public async Task AbortAsync(string reference)
    {
        Enter(reference);
        try
        {
            IngestRecord row = await database.Writer.WriteAsync(tx =>
            {
                IngestRecord found = tx.Get(Tables.Ingests, space, reference, "abort");
                Forget(tx, found);
                return found;
            }).ConfigureAwait(false);
            await database.RemoveIngestAsync(row).ConfigureAwait(false);
        }
        finally
        {
            database.Ingests.Leave(space, reference);
        }
    }

    /// <summary>Removes the row of an ingest, and the hold that a lease has on it.</summary>
    internal void Forget(MetadataTransaction tx, IngestRecord row)
    {
        tx.Remove(Tables.Ingests, space, row.Ref);
        LeaseResource resource = new(row.Ref, LeaseResource.Ingests);
        foreach (LeaseRecord holder in tx.Namespace(space).Leases.Values)
            if (holder.Resources.Contains(resource)) tx.Put(Tables.Leases, space, holder with { Resources = holder.Resources.Remove(resource) });
    }

    /// <summary>Lets the lease of this view hold something.</summary>
    internal void Hold(MetadataTransaction tx, LeaseResource resource)
    {
        if (lease is null) return;
        LeaseRecord holder = tx.Get(Tables.Leases, space, lease, "hold content by");
        if (!holder.Resources.Contains(resource)) tx.Put(Tables.Leases, space, holder with { Resources = holder.Resources.Add(resource) });
    }

    private ContentInfo Find(Digest digest, string verb) => Find(digest) ?? throw MetadataTransaction.Missing(Tables.Content, space, digest.ToString(), verb);

    private void Enter(string reference)
    {
        if (!database.Ingests.TryEnter(space, reference))
            throw new KeelsonException(ErrorKind.Unavailable, $"write {reference} in namespace {space}: it is locked by another writer");
    }

    private ContentStatus StatusOf(IngestRecord row)
    {
        long offset;
        DateTimeOffset updated;
        if (row.IsShared)
        {
            offset = row.Total;
            updated = row.StartedAt;
        }
        else if (!database.Ingests.TryFind(row.Id, out offset, out updated)) updated = row.StartedAt;
        return new(row.Ref) { Offset = offset, Total = row.Total, Expected = row.Expected, StartedAt = row.StartedAt, UpdatedAt = updated };
    }
}
