using Keelson.Oci;

namespace Keelson.Content;

internal sealed partial class ContentWriter
{
    public async Task<ContentInfo> CommitAsync(long size = 0, Digest expected = default, LabelSet? labels = null, EventDraft? announce = null)
    {
        ThrowIfClosed();
        try
        {
            Check(size, expected);
            Digest digest = Digest();
            if (!row.IsShared) database.Options.Disk.Sync(file!, Path);
            // Whoever removes blobs takes this lock and then looks for rows, so a blob with a row on its way is never removed.
            using KeyedLock.Holder held = await database.DigestLocks.EnterAsync(digest.ToString()).ConfigureAwait(false);
            return await PublishAsync(new(digest, Offset) { Labels = labels ?? LabelSet.Empty }, announce).ConfigureAwait(false);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Compares size and digest with what was asked for.</summary>
    private void Check(long size, Digest expected)
    {
        if (size != 0 && size != Offset) throw Mismatch($"it has {Offset} bytes and not {size}");
        if (row.Total != 0 && row.Total != Offset) throw Mismatch($"it has {Offset} bytes and not {row.Total}");
        foreach (Digest wanted in (ReadOnlySpan<Digest>)[expected, row.Expected])
        {
            if (wanted.IsEmpty) continue;
            Digest actual = wanted.Algorithm == Digest().Algorithm ? Digest() : HashAnew(wanted);
            if (actual == wanted) continue;
            // Bytes from before a crash or a loss of power may be the wrong ones; the next writer begins anew instead of failing for ever.
            if (isResumed && !row.IsShared) database.Options.Disk.SetLength(file!, Path, 0);
            throw Mismatch($"its digest is {actual} and not {wanted}");
        }
    }

    /// <summary>The digest by another algorithm than the one that ran along; it runs along from now on.</summary>
    private Digest HashAnew(Digest wanted)
    {
        row = row with { Expected = row.Expected.IsEmpty ? wanted : row.Expected };
        Rehash(Offset, CancellationToken.None);
        return Digest();
    }

    private async Task<ContentInfo> PublishAsync(ContentInfo content, EventDraft? announce)
    {
        string key = content.Digest.ToString();
        if (row.IsShared && !database.Blobs.TryFind(content.Digest, out _))
            throw new KeelsonException(ErrorKind.DataLoss, $"commit {Ref} in namespace {space}: the file of content {key} is missing");
        // The new file takes the place of an old one: they are the same, and if the old one was damaged it is mended by that.
        if (!row.IsShared) database.Blobs.Adopt(Path, content.Digest);
        ContentInfo? result;
        try
        {
            result = await database.Writer.WriteAsync(tx => Apply(tx, content, announce)).ConfigureAwait(false);
        }
        catch
        {
            // Nobody was told of the blob: its bytes are the ingest's again.
            if (!row.IsShared && !MetadataDatabase.IsKnown(database.State, content.Digest)) database.Blobs.GiveBack(content.Digest, Path);
            throw;
        }
        return result ?? throw new KeelsonException(ErrorKind.AlreadyExists, $"commit {Ref} in namespace {space}: content {key} exists already");
    }

    /// <summary>Makes the row; none when there is one.</summary>
    private ContentInfo? Apply(MetadataTransaction tx, ContentInfo content, EventDraft? announce)
    {
        string key = content.Digest.ToString();
        store.Forget(tx, row);
        store.Hold(tx, new(key, LeaseResource.Content));
        if (tx.Namespace(space).Content.ContainsKey(key)) return null;
        ContentInfo added = content with { CreatedAt = tx.Now, UpdatedAt = tx.Now };
        tx.Put(Tables.Content, space, added);
        tx.Publish(announce);
        return added;
    }

    private KeelsonException Mismatch(string what) => new(ErrorKind.FailedPrecondition, $"commit {Ref} in namespace {space}: {what}");
}
