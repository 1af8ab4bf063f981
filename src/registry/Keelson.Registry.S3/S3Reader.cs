using Amazon.S3.Model;
using Keelson.Linux;
using Keelson.Registry.Storage;

namespace Keelson.Registry.S3;

/// <summary>Reads an object, or the parts of a file that is appended to, one after the other. A connection that breaks is made anew where it was.</summary>
internal sealed class S3Reader : IStorageReader
{
    /// <summary>So often in a row, with longer and longer pauses.</summary>
    private const int Attempts = 5;

    private readonly S3Bucket bucket;
    private readonly List<(string Key, long Offset, long Length, string? ETag)> pieces;
    private GetObjectResponse? open;
    private int piece;
    private long position;

    /// <summary>Reads an object whose answer has begun.</summary>
    public S3Reader(S3Bucket bucket, GetObjectResponse whole)
    {
        (this.bucket, open) = (bucket, whole);
        pieces = [(whole.Key, 0, whole.ContentLength, whole.ETag)];
        Length = whole.ContentLength;
    }

    /// <summary>Reads parts.</summary>
    public S3Reader(S3Bucket bucket, IReadOnlyList<S3Segment> segments)
    {
        this.bucket = bucket;
        pieces = [.. segments.Select(segment => (segment.Key, segment.Offset, segment.Length, default(string)))];
        Length = segments[^1].End;
    }

    public long Length { get; }

    public FdHandle? File => null;

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancel = default)
    {
        if (offset >= Length || buffer.IsEmpty) return 0;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await SeekAsync(offset, cancel).ConfigureAwait(false);
                int wanted = (int)Math.Min(buffer.Length, pieces[piece].Offset + pieces[piece].Length - offset);
                int count = await open!.ResponseStream.ReadAsync(buffer[..wanted], cancel).ConfigureAwait(false);
                if (count == 0) throw new EndOfStreamException("the answer ended early");
                position += count;
                return count;
            }
            catch (Exception e) when (e is not KeelsonException && S3Errors.IsOfServer(e, cancel))
            {
                Close();
                if (attempt == Attempts) throw S3Errors.Of("get", bucket.Options.Bucket, pieces[piece].Key, e);
                await Task.Delay(TimeSpan.FromMilliseconds(50 << attempt), cancel).ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private async ValueTask SeekAsync(long offset, CancellationToken cancel)
    {
        if (open is not null && offset == position && offset < pieces[piece].Offset + pieces[piece].Length) return;
        Close();
        piece = pieces.FindLastIndex(candidate => candidate.Offset <= offset);
        (string key, long start, _, string? etag) = pieces[piece];
        open = await bucket.GetAsync(key, offset - start, etag, cancel).ConfigureAwait(false) ?? throw new KeelsonException(ErrorKind.NotFound, $"s3 get {bucket.Options.Bucket}/{key}: it was removed while it was read");
        position = offset;
    }

    private void Close()
    {
        open?.Dispose();
        open = null;
    }
}
