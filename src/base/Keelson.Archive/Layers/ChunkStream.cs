namespace Keelson.Archive;

/// <summary>Reads what a <see cref="ChunkPipe"/> brings.</summary>
internal sealed class ChunkStream(ChunkPipe pipe, CancellationToken cancellationToken) : ReadOnlyStream
{
    private byte[]? chunk;
    private int start, end;

    public override int Read(Span<byte> buffer)
    {
        while (start == end)
        {
            if (chunk is not null) pipe.Return(chunk);
            chunk = null;
            if (!pipe.TryTake(out chunk, out end, cancellationToken)) return start = end = 0;
            start = 0;
        }
        int count = Math.Min(end - start, buffer.Length);
        chunk.AsSpan(start, count).CopyTo(buffer);
        start += count;
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    /// <summary>Reads and forgets what is left.</summary>
    public void Drain()
    {
        byte[] rest = new byte[4096];
        while (Read(rest) > 0) start = end;
    }
}
