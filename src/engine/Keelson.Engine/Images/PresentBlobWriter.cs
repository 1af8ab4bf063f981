using Keelson.Content;
using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>A write of content that turned out to be there: it is at its end already, and what is written once more is only counted.</summary>
internal sealed class PresentBlobWriter(ContentReader reader) : IBlobWriter
{
    public long Offset { get; private set; } = reader.Size;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        Offset += bytes.Length;
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation) => new(reader.Read(buffer.Span, offset));

    public ValueTask ResetAsync(CancellationToken cancellation)
    {
        Offset = 0;
        return ValueTask.CompletedTask;
    }

    public ValueTask<Digest> CommitAsync(Digest expected, long size, CancellationToken cancellation)
    {
        Digest there = reader.Info.Digest;
        if (there != expected || reader.Size != size || Offset != size) throw new KeelsonException(ErrorKind.DataLoss, $"commit {expected} of {size} bytes: {there} of {reader.Size} bytes is there");
        return new(expected);
    }

    public ValueTask DisposeAsync()
    {
        reader.Dispose();
        return ValueTask.CompletedTask;
    }
}
