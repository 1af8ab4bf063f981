using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Content by digest, and content that is being written by reference. containerd's content service.</summary>
/// <remarks>Calls may come at the same time from many threads.</remarks>
public interface IContentStore
{
    /// <summary>What is known of a blob.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this digest.</exception>
    ContentInfo Info(Digest digest);

    /// <summary>Changes labels.</summary>
    /// <param name="info">The digest, and the labels to set.</param>
    /// <param name="fieldPaths"><c>labels</c> replaces all, <c>labels.KEY</c> sets one or, when <paramref name="info"/> has none, removes it; empty is as <c>labels</c>.</param>
    /// <param name="announce">An event that enters the log with the change.</param>
    /// <returns>What is known of the blob afterwards.</returns>
    /// <exception cref="KeelsonException">NotFound: there is none. InvalidArgument: a path names something that cannot be changed.</exception>
    Task<ContentInfo> UpdateAsync(ContentInfo info, IReadOnlyCollection<string>? fieldPaths = null, EventDraft? announce = null);

    /// <summary>All blobs that a filter holds for, by digest. It is one moment of the store, whatever happens while it is read.</summary>
    IEnumerable<ContentInfo> List(Filter? filter = null);

    /// <summary>Forgets a blob. Its bytes go with the next collection, unless another namespace has it.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none.</exception>
    Task DeleteAsync(Digest digest, EventDraft? announce = null);

    /// <summary>Opens a blob to read. The caller disposes of the reader, which stays good when the blob is removed.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none. DataLoss: it should be there and is not, or has another length.</exception>
    ContentReader OpenReader(Digest digest);

    /// <summary>Begins to write content, or goes on where it was left. One writer has a reference at a time.</summary>
    /// <param name="reference">Names the ingest; the same again goes on.</param>
    /// <param name="total">Bytes in the end; 0 when that is not known.</param>
    /// <param name="expected">The digest in the end; empty when that is not known.</param>
    /// <param name="cancel">Ends the reading of what was written before.</param>
    /// <exception cref="KeelsonException">AlreadyExists: the namespace has the blob; the lease, when there is one, holds it now. Unavailable: another writer has
    /// the reference. FailedPrecondition: it was begun with another total or digest. NotFound: the lease does not exist.</exception>
    Task<IContentWriter> OpenWriterAsync(string reference, long total = 0, Digest expected = default, CancellationToken cancel = default);

    /// <summary>How far an ingest is.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no ingest of this reference.</exception>
    ContentStatus Status(string reference);

    /// <summary>All ingests that a filter holds for, by reference.</summary>
    IEnumerable<ContentStatus> ListStatuses(Filter? filter = null);

    /// <summary>Throws an ingest away.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none. Unavailable: a writer has it.</exception>
    Task AbortAsync(string reference);
}
