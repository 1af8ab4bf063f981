using Keelson.Oci;

namespace Keelson.Content;

public sealed partial class ContentStore
{
    /// <inheritdoc/>
    public async Task<IContentWriter> OpenWriterAsync(string reference, long total = 0, Digest expected = default, CancellationToken cancel = default)
    {
        Identifier.CheckName("reference", reference);
        if (total < 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"write {reference} in namespace {space}: the total of {total} is negative");
        Enter(reference);
        try
        {
            (IngestRecord? row, bool isNew) = await database.Writer.WriteAsync(tx => Begin(tx, reference, total, expected)).ConfigureAwait(false);
            if (row is null) throw new KeelsonException(ErrorKind.AlreadyExists, $"write {reference} in namespace {space}: content {expected} exists already");
            ContentWriter writer = new(database, this, space, row);
            try
            {
                await writer.StartAsync(isNew, cancel).ConfigureAwait(false);
                return writer;
            }
            catch
            {
                writer.Close();
                throw;
            }
        }
        catch
        {
            database.Ingests.Leave(space, reference);
            throw;
        }
    }

    /// <summary>Finds or makes the row of an ingest; none when the content is there, which the lease holds then.</summary>
    private (IngestRecord? Row, bool IsNew) Begin(MetadataTransaction tx, string reference, long total, Digest expected)
    {
        if (!expected.IsEmpty && tx.Namespace(space).Content.ContainsKey(expected.ToString()))
        {
            Hold(tx, new(expected.ToString(), LeaseResource.Content));
            return (null, false);
        }
        // Without power the bytes are in doubt, so their row may be too.
        tx.IsLazy = true;
        if (tx.Namespace(space).Ingests.TryGetValue(reference, out IngestRecord? row)) return (GoOn(tx, row, total, expected), false);
        bool isShared = !expected.IsEmpty && TryFindShared(tx.State, expected, ref total);
        row = new(reference, tx.NewId())
        {
            Total = total,
            Expected = expected,
            StartedAt = tx.Now,
            ExpiresAt = lease is null ? tx.Now + database.Options.IngestLifetime : default,
            IsShared = isShared,
        };
        tx.Put(Tables.Ingests, space, row);
        Hold(tx, new(reference, LeaseResource.Ingests));
        return (row, true);
    }

    private IngestRecord GoOn(MetadataTransaction tx, IngestRecord row, long total, Digest expected)
    {
        if (row.Total != 0 && total != 0 && row.Total != total)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"write {row.Ref} in namespace {space}: it was begun with {row.Total} bytes in the end, not {total}");
        if (!row.Expected.IsEmpty && !expected.IsEmpty && row.Expected != expected)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"write {row.Ref} in namespace {space}: it was begun for {row.Expected}, not {expected}");
        Hold(tx, new(row.Ref, LeaseResource.Ingests));
        IngestRecord updated = row with
        {
            Total = row.Total != 0 ? row.Total : total,
            Expected = row.Expected.IsEmpty ? expected : row.Expected,
            ExpiresAt = lease is null && row.ExpiresAt != default ? tx.Now + database.Options.IngestLifetime : row.ExpiresAt,
        };
        if (updated != row) tx.Put(Tables.Ingests, space, updated);
        return updated;
    }

    /// <summary>Whether another namespace lets this one have a blob, and its size.</summary>
    private bool TryFindShared(MetadataState state, Digest expected, ref long total)
    {
        foreach ((string name, NamespaceState other) in state.Namespaces)
        {
            if (name == space || !other.Content.TryGetValue(expected.ToString(), out ContentInfo? info)) continue;
            if (database.Options.Sharing != SharingPolicy.Shared && other.Labels.GetValueOrDefault(ControlLabels.NamespaceShareable) != "true") continue;
            if (total != 0 && total != info.Size) continue;
            // This runs in a transaction, for which all others wait: where the answer is not at hand the commit looks for the blob.
            if (database.Blobs.IsLocal && (!database.Blobs.TryFind(expected, out BlobStatus found) || found.Size != info.Size)) continue;
            total = info.Size;
            return true;
        }
        return false;
    }
}
