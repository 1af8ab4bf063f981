namespace Keelson.Registry.Upstream;

/// <summary>Counts what a round does; from many threads.</summary>
internal sealed class SyncCount
{
    private int copied, unchanged, kept, failed, blobs;
    private long bytes;

    public void Copied() => Interlocked.Increment(ref copied);

    public void Unchanged() => Interlocked.Increment(ref unchanged);

    public void Kept() => Interlocked.Increment(ref kept);

    public void Failed() => Interlocked.Increment(ref failed);

    public void Blob(long length)
    {
        Interlocked.Increment(ref blobs);
        Interlocked.Add(ref bytes, length);
    }

    public SyncReport Report() => new(copied, unchanged, kept, failed, blobs, bytes);
}
