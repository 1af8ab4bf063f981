using Keelson.Linux;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Upstream;

/// <summary>Reads a blob that is still coming: waits where it does not have the bytes yet.</summary>
internal sealed class FollowingReader(BlobFetcher fetcher, BlobFetch fetch, IStorageDriver driver, IStorageReader? growing, long length, ILogger logger) : IStorageReader
{
    private IStorageReader? file = growing;
    private bool isFinal;

    public long Length => length;

    /// <summary>None: the file is shorter than the blob.</summary>
    public FdHandle? File => null;

    /// <exception cref="RegistryFault">UNAVAILABLE: the rest of it does not come.</exception>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancel = default)
    {
        try
        {
            return await FollowAsync(offset, buffer, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            throw e.ToFault(fetch.Route.Upstream, logger);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (file is not null) await file.DisposeAsync().ConfigureAwait(false);
        await fetcher.LeaveAsync(fetch).ConfigureAwait(false);
    }

    private async ValueTask<int> FollowAsync(long offset, Memory<byte> buffer, CancellationToken cancel)
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
}
