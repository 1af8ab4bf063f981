using Keelson.Linux;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Writes one blob. One thread at a time uses it. Disposing of it keeps what was written for the next writer of the reference.</summary>
public interface IContentWriter : IDisposable
{
    /// <summary>The ingest's name.</summary>
    string Ref { get; }

    /// <summary>Bytes that are there; where the next one goes.</summary>
    long Offset { get; }

    /// <summary>How far the ingest is.</summary>
    ContentStatus Status { get; }

    /// <summary>The digest of the bytes so far.</summary>
    Digest Digest();

    /// <summary>Appends bytes. They outlive the process at once, a loss of power from the commit on.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: they go beyond the total. Or the disk is full.</exception>
    void Write(ReadOnlySpan<byte> data);

    /// <summary>Appends a stream to its end. What was read of it before an error or a cancellation is written.</summary>
    /// <returns>Bytes appended.</returns>
    /// <inheritdoc cref="Write" path="/exception"/>
    Task<long> CopyFromAsync(Stream source, CancellationToken cancel = default);

    /// <summary>Opens what was written, and is being written, to be read. It stays good after the commit; a truncation makes it void.</summary>
    /// <returns>Owned by the caller.</returns>
    FdHandle OpenFile();

    /// <summary>Throws away what is behind an offset.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the offset is negative or behind the end.</exception>
    Task TruncateAsync(long offset, CancellationToken cancel = default);

    /// <summary>Makes the bytes a blob of the namespace. The writer is closed then, whatever comes of it.</summary>
    /// <param name="size">Bytes that there have to be; 0 when any number will do.</param>
    /// <param name="expected">The digest that they must have; empty for any, or for the one that the ingest began with.</param>
    /// <param name="labels">Labels of the blob.</param>
    /// <param name="announce">An event that enters the log with the change.</param>
    /// <returns>What is known of the blob.</returns>
    /// <exception cref="KeelsonException">FailedPrecondition: size or digest are others; the ingest stays, and is empty if it had been resumed, as its
    /// bytes are no good. AlreadyExists: the namespace has the blob by now; the ingest is gone.</exception>
    Task<ContentInfo> CommitAsync(long size = 0, Digest expected = default, LabelSet? labels = null, EventDraft? announce = null);
}
