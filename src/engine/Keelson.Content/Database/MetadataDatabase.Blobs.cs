using Keelson.Oci;

namespace Keelson.Content;

public sealed partial class MetadataDatabase
{
    /// <summary>Removes the bytes of an ingest that has no row any more.</summary>
    internal async Task RemoveIngestAsync(IngestRecord row)
    {
        if (row.IsShared) await RemoveBlobIfUnknownAsync(row.Expected).ConfigureAwait(false);
        else Ingests.Remove(row.Id);
    }

    /// <summary>Removes a blob unless a row needs it. A commit that is on its way to its row has the lock of the digest.</summary>
    internal async Task<bool> RemoveBlobIfUnknownAsync(Digest digest)
    {
        using KeyedLock.Holder held = await DigestLocks.EnterAsync(digest.ToString()).ConfigureAwait(false);
        // A row that is being removed may come back if the log cannot be written; one that is being made is not published yet.
        return !IsKnown(Writer.Pending, digest) && !IsKnown(State, digest) && Blobs.Remove(digest);
    }

    /// <summary>Whether content, or a shared ingest that waits for its commit, needs the bytes of a digest.</summary>
    internal static bool IsKnown(MetadataState state, Digest digest) =>
        state.FindContent(digest) is not null || state.Namespaces.Values.Any(space => space.Ingests.Values.Any(row => row.IsShared && row.Expected == digest));
}
