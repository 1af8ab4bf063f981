namespace Keelson.Distribution;

/// <summary>A stream of a known length that need not be able to seek; one that is shorter or longer fails.</summary>
internal sealed class LengthStream(Stream inner, long length, string name) : ReadOnlyStream
{
    private long position;

    // A writer of tars asks seekable streams for their length before it writes the header.
    public override bool CanSeek => true;

    public override long Length => length;

    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0 || position == length) return 0;
        int read = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, length - position)], cancellationToken).ConfigureAwait(false);
        position += read;
        return read > 0 ? read : throw new KeelsonException(ErrorKind.DataLoss, $"write {name} to an archive: it has {position} bytes, not {length}");
    }
}
