using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>Content that is being written. Closing it without a commit keeps what was written, so that the same reference goes on from there.</summary>
/// <remarks>One caller writes; <see cref="ReadAsync"/> may be called by others at the same time.</remarks>
public interface IBlobWriter : IAsyncDisposable
{
    /// <summary>Bytes written so far, before a restart included.</summary>
    long Offset { get; }

    /// <summary>Appends. The writer hashes what it gets.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Reads what has been written.</summary>
    /// <param name="offset">Where; at most <see cref="Offset"/>.</param>
    /// <param name="buffer">Where to; as much of it is filled as is there.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Bytes read; 0 at <see cref="Offset"/>.</returns>
    ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation);

    /// <summary>Drops what was written and starts again.</summary>
    ValueTask ResetAsync(CancellationToken cancellation);

    /// <summary>Makes the content readable under its digest. When that exists already, this content is dropped.</summary>
    /// <param name="expected">What the content must hash to; empty: whatever it hashes to by sha256.</param>
    /// <param name="size">Bytes that the content must have.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The digest.</returns>
    /// <exception cref="KeelsonException">DataLoss: the content is other content; nothing is kept of it.</exception>
    ValueTask<Digest> CommitAsync(Digest expected, long size, CancellationToken cancellation);
}
