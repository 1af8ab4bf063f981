using Keelson.Linux;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Upstream;

/// <summary>Reads a blob that is still coming: waits where it does not have the bytes yet.</summary>
internal sealed class FollowingReader(BlobFetcher fetcher, BlobFetch fetch, IStorageDriver driver, IStorageReader? growing, long length) : IStorageReader
{
    private IStorageReader? file = growing;
    private bool isFinal;

    public long Length => length;

    /// <summary>None: the file is shorter than the blob.</summary>
    public FdHandle? File => null;

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancel = default)
    {
        while (true)
        {
            long readable = await fetch.WaitAsync(offset, cancel).ConfigureAwait(false) - offset;
            if (readable <= 0 || buffer.IsEmpty) return 0;
            int count = file is null ? 0 : await file.ReadAsync(offset, buffer[..(int)Math.Min(buffer.Length, readable)], cancel).ConfigureAwait(false);
            if (count > 0 || isFinal) return count;
            // A store whose files cannot be read while they grow has it in the end.
            await fetch.Done.WaitAsync(cancel).ConfigureAwait(false);
            if (file is not null) await file.DisposeAsync().ConfigureAwait(false);
            (file, isFinal) = (await driver.OpenAsync(StorePaths.Blob(fetch.Digest), cancel).ConfigureAwait(false), true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (file is not null) await file.DisposeAsync().ConfigureAwait(false);
        await fetcher.LeaveAsync(fetch).ConfigureAwait(false);
    }
}
