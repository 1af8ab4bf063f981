using Keelson.Registry.Storage;

namespace Keelson.Registry.S3;

/// <summary>Appends to a file in parts, of which one is sent while the next one fills: in two buffers, which are the writer's own. A pool keeps as many as it has threads.</summary>
/// <param name="bucket">The bucket.</param>
/// <param name="file">Key of the file.</param>
/// <param name="segments">What is there.</param>
internal sealed class S3Writer(S3Bucket bucket, string file, List<S3Segment> segments) : IStorageWriter
{
    /// <summary>S3: least bytes of a part that is not the last.</summary>
    public const int LeastPartBytes = 5 << 20;

    private const int FirstBufferBytes = 64 << 10;

    private byte[] buffer = [], other = [];
    private int count;
    private S3Segment? shorter;
    private Task sending = Task.CompletedTask;

    /// <summary>Where the buffer begins.</summary>
    private long start = segments.Count > 0 ? segments[^1].End : 0;

    /// <summary>Where the last part ends that the bucket has.</summary>
    private long sent = segments.Count > 0 ? segments[^1].End : 0;

    public long Length => start + count;

    public long ReadableLength => Volatile.Read(ref sent);

    public string Version => S3Segment.VersionOf(segments);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        while (!content.IsEmpty)
        {
            if (count == 0) await TakeShortPartAsync(cancel).ConfigureAwait(false);
            int wanted = Math.Min(content.Length, bucket.Options.ChunkBytes - count);
            Reserve(count + wanted);
            content[..wanted].CopyTo(buffer.AsMemory(count));
            count += wanted;
            content = content[wanted..];
            if (count == bucket.Options.ChunkBytes) await SendAsync(cancel).ConfigureAwait(false);
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancel = default)
    {
        if (count > 0) await SendAsync(cancel).ConfigureAwait(false);
        await sending.ConfigureAwait(false);
    }

    /// <summary>What has been flushed outlives the machine; a file of nothing becomes one here.</summary>
    public async ValueTask SyncAsync(CancellationToken cancel = default)
    {
        await FlushAsync(cancel).ConfigureAwait(false);
        if (segments.Count > 0) return;
        S3Segment empty = new(S3Segment.NewKey(file, 0), 0, 0, default);
        await bucket.PutAsync(empty.Key, [], 0, cancel).ConfigureAwait(false);
        segments.Add(empty);
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever wants to know how it ended has flushed.
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Takes a last part that is too short for S3, so that it is written again with more behind it.</summary>
    private async ValueTask TakeShortPartAsync(CancellationToken cancel)
    {
        await sending.ConfigureAwait(false);
        if (segments.Count == 0 || segments[^1].Length >= LeastPartBytes) return;
        S3Segment last = segments[^1];
        int length = (int)last.Length;
        Reserve(length);
        await using S3Reader reader = new(bucket, [last with { Offset = 0 }]);
        for (int at = 0, read; at < length; at += read) read = await reader.ReadAsync(at, buffer.AsMemory(at, length - at), cancel).ConfigureAwait(false);
        segments.RemoveAt(segments.Count - 1);
        (shorter, start, count) = (last, last.Offset, length);
    }

    /// <summary>Sends what is in the buffer as a part, as soon as the one before it is there.</summary>
    private async ValueTask SendAsync(CancellationToken cancel)
    {
        await sending.ConfigureAwait(false);
        S3Segment segment = new(S3Segment.NewKey(file, start), start, count, default);
        sending = SendAsync(segment, buffer, shorter, cancel);
        (buffer, other) = (other, buffer);
        (count, shorter, start) = (0, null, segment.End);
    }

    private async Task SendAsync(S3Segment segment, byte[] content, S3Segment? replaced, CancellationToken cancel)
    {
        await bucket.PutAsync(segment.Key, content, (int)segment.Length, cancel).ConfigureAwait(false);
        segments.Add(segment);
        Volatile.Write(ref sent, segment.End);
        if (replaced is { } old) await bucket.DeleteAsync([old.Key], cancel).ConfigureAwait(false);
    }

    private void Reserve(int length)
    {
        if (length <= buffer.Length) return;
        int wanted = Math.Max(length, Math.Min(bucket.Options.ChunkBytes, Math.Max(FirstBufferBytes, Math.Max(buffer.Length * 2, other.Length))));
        byte[] larger = GC.AllocateUninitializedArray<byte>(wanted);
        buffer.AsSpan(0, count).CopyTo(larger);
        buffer = larger;
    }
}
