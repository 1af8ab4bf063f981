namespace Keelson.Archive;

/// <summary>A stream whose first bytes can be looked at before they are read. It does not close what it reads from.</summary>
internal sealed class PrefixedStream(Stream source) : ReadOnlyStream
{
    private readonly byte[] prefix = new byte[Compression.MagicBytes];
    private int start, end;

    public ReadOnlySpan<byte> Peek(int count)
    {
        end = source.ReadAtLeast(prefix.AsSpan(0, count), count, throwOnEndOfStream: false);
        return prefix.AsSpan(0, end);
    }

    public async ValueTask<ReadOnlyMemory<byte>> PeekAsync(int count, CancellationToken cancellationToken)
    {
        end = await source.ReadAtLeastAsync(prefix.AsMemory(0, count), count, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return prefix.AsMemory(0, end);
    }

    public override int Read(Span<byte> buffer) => start < end ? TakePrefix(buffer) : source.Read(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        start < end ? new(TakePrefix(buffer.Span)) : source.ReadAsync(buffer, cancellationToken);

    private int TakePrefix(Span<byte> buffer)
    {
        int count = Math.Min(end - start, buffer.Length);
        prefix.AsSpan(start, count).CopyTo(buffer);
        start += count;
        return count;
    }
}
