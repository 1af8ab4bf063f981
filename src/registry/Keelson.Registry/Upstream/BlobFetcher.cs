using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keelson.Distribution;
using Keelson.Oci;
using Keelson.Registry.Limits;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Upstream;

/// <summary>Brings blobs of upstreams into the store: each once, however many want it.</summary>
/// <remarks>
/// What comes is appended to a file among the pushes of the repository, under a name that no client can use, and is read behind by those who want it. It goes on as long as one of
/// them is there; when all have gone it stops, and the file stays until somebody wants the blob again, or as long as a push that nobody goes on with. Of several registries on one store each brings a blob by itself.
/// </remarks>
internal sealed class BlobFetcher(IStorageDriver driver, BlobStore blobs, TimeProvider time, long limitBytes, string member, ILogger logger) : IDisposable
{
    /// <summary>Blobs that come at the same time; others wait. It bounds connections and memory.</summary>
    private const int Parallel = 64;

    private const int BufferBytes = 256 << 10;

    /// <summary>So much of what came may be unreadable for those who follow.</summary>
    private const long FlushBytes = 8 << 20;

    /// <summary>A transfer that brings less than <see cref="PaceBytes"/> within this time has failed, be there a byte now and then.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

    private const long PaceBytes = 64 << 10;

    private readonly Lock gate = new();
    private readonly Dictionary<(string Repository, Digest Digest), BlobFetch> fetches = [];
    private readonly SemaphoreSlim slots = new(Parallel, Parallel);

    /// <summary>Takes part in the fetch of a blob, which is begun when nobody else does; <see cref="LeaveAsync"/> ends it.</summary>
    public BlobFetch Join(UpstreamRoute route, string repository, Digest digest)
    {
        BlobFetch? fetch;
        lock (gate)
        {
            if (fetches.TryGetValue((repository, digest), out fetch) && fetch.Users > 0)
            {
                fetch.Users++;
                return fetch;
            }
            // One that all have left is still settling, and has the file.
            Task before = fetch?.Work ?? Task.CompletedTask;
            fetches[(repository, digest)] = fetch = new(route, repository, digest) { Users = 1 };
            fetch.Work = Task.Run(() => RunAsync(fetch, before));
        }
        return fetch;
    }

    /// <summary>The length of a blob that is on its way; <see langword="null"/>: none is.</summary>
    public long? LengthOf(string repository, Digest digest)
    {
        lock (gate) return fetches.TryGetValue((repository, digest), out BlobFetch? fetch) ? fetch.KnownSize : null;
    }

    /// <summary>Takes part no more. The last one ends the transfer, and waits until it has ended.</summary>
    public async ValueTask LeaveAsync(BlobFetch fetch)
    {
        bool isLast;
        lock (gate) isLast = --fetch.Users == 0;
        if (!isLast) return;
        await fetch.Stop.CancelAsync().ConfigureAwait(false);
        await fetch.Work.ConfigureAwait(false);
        fetch.Stop.Dispose();
    }

    /// <summary>Opens a blob that is on its way, as soon as it is known how long it is.</summary>
    /// <param name="fetch">The fetch, which the caller has joined and the reader leaves.</param>
    /// <param name="cancel">Nobody wants it any more.</param>
    public async Task<IStorageReader> OpenAsync(BlobFetch fetch, CancellationToken cancel)
    {
        try
        {
            long length = await fetch.Size.WaitAsync(cancel).ConfigureAwait(false);
            IStorageReader? file = fetch.Done.IsCompletedSuccessfully ? null : await driver.OpenAsync(StorePaths.UploadData(fetch.Repository, IdOf(fetch.Digest)), cancel).ConfigureAwait(false);
            file ??= await driver.OpenAsync(StorePaths.Blob(fetch.Digest), cancel).ConfigureAwait(false);
            return new FollowingReader(this, fetch, driver, file, length, logger);
        }
        catch
        {
            await LeaveAsync(fetch).ConfigureAwait(false);
            throw;
        }
    }

    public void Dispose() => slots.Dispose();

    private async Task RunAsync(BlobFetch fetch, Task before)
    {
        try
        {
            await before.ConfigureAwait(false);
            CancellationToken stop = fetch.Stop.Token;
            await slots.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                if (!await TryTakeOverAsync(fetch, stop).ConfigureAwait(false)) await TransferAsync(fetch, stop).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
            Land(fetch);
            fetch.Complete();
        }
#pragma warning disable CA1031 // Every error goes to those who read.
        catch (Exception e)
        {
            Land(fetch);
            fetch.Fail(e);
        }
#pragma warning restore CA1031
    }

    private void Land(BlobFetch fetch)
    {
        lock (gate)
            if (fetches.TryGetValue((fetch.Repository, fetch.Digest), out BlobFetch? present) && present == fetch) fetches.Remove((fetch.Repository, fetch.Digest));
    }

    /// <summary>Content that another repository has is not fetched again. Whether it is this one's as well the upstream says, and nobody else.</summary>
    private async Task<bool> TryTakeOverAsync(BlobFetch fetch, CancellationToken stop)
    {
        if (await blobs.FindAsync(fetch.Repository, fetch.Digest, stop).ConfigureAwait(false) is { } own)
        {
            // Another fetch has just brought it.
            fetch.Begin(own.Length);
            return true;
        }
        if (!await blobs.ExistsAsync(fetch.Digest, stop).ConfigureAwait(false)) return false;
        UpstreamRegistry upstream = fetch.Route.Upstream;
        if (await upstream.AskAsync(cancel => upstream.Client.FindBlobSizeAsync(fetch.Route.Remote, fetch.Digest, cancel), stop).ConfigureAwait(false) is null) throw Missing(fetch);
        if (!await blobs.TryMountAsync(fetch.Repository, fetch.Digest, stop).ConfigureAwait(false) || await blobs.FindAsync(fetch.Repository, fetch.Digest, stop).ConfigureAwait(false) is not { } blob) return false;
        fetch.Begin(blob.Length);
        return true;
    }

    private async Task TransferAsync(BlobFetch fetch, CancellationToken stop)
    {
        string id = IdOf(fetch.Digest), data = StorePaths.UploadData(fetch.Repository, id);
        long have = (await driver.FindAsync(data, stop).ConfigureAwait(false))?.Length ?? 0;
        await using BlobStream stream = await OpenAsync(fetch, have, stop).ConfigureAwait(false);
        long limit = Math.Min(limitBytes, fetch.Route.Upstream.Options.BlobLimitBytes);
        if (stream.Size > limit) throw new KeelsonException(ErrorKind.InvalidArgument, $"fetch {fetch.Route.Remote}@{fetch.Digest}: it has {stream.Size} bytes, and {limit} are allowed");
        if (stream.Size > await blobs.LeftAsync(fetch.Repository, stop).ConfigureAwait(false)) throw QuotaKeeper.Exceeded($"{fetch.Digest} of {stream.Size} bytes does not fit into {fetch.Repository}");
        // Written again with each beginning: what is at work is not given up as old.
        await driver.WriteAsync(StorePaths.UploadStart(fetch.Repository, id), Encoding.ASCII.GetBytes(time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)), stop).ConfigureAwait(false);
        (Digest found, string version) = await ReceiveAsync(fetch, stream, data, stop).ConfigureAwait(false);
        if (found == fetch.Digest) await blobs.CommitAsync(data, stream.Size, version, fetch.Repository, fetch.Digest, CancellationToken.None).ConfigureAwait(false);
        await driver.RemoveAsync(StorePaths.Upload(fetch.Repository, id), CancellationToken.None).ConfigureAwait(false);
        if (found != fetch.Digest) throw new KeelsonException(ErrorKind.DataLoss, $"fetch {fetch.Route.Remote}@{fetch.Digest}: what came has the digest {found}");
        logger.UpstreamFetched(fetch.Route.Upstream.Name, fetch.Route.Remote, fetch.Digest, stream.Size);
    }

    /// <summary>Opens the blob behind the bytes that are there; what is there and cannot be of the blob goes.</summary>
    private async Task<BlobStream> OpenAsync(BlobFetch fetch, long have, CancellationToken stop)
    {
        UpstreamRegistry upstream = fetch.Route.Upstream;
        Task<BlobStream> AskAsync(long offset) => upstream.AskAsync(cancel => upstream.Client.OpenBlobAsync(fetch.Route.Remote, fetch.Digest, offset, cancel), stop);
        try
        {
            return await AskAsync(have).ConfigureAwait(false);
        }
        catch (RegistryException e) when (have > 0 && (e.Status == 416 || e.Kind == ErrorKind.DataLoss))
        {
            await driver.RemoveAsync(StorePaths.Upload(fetch.Repository, IdOf(fetch.Digest)), stop).ConfigureAwait(false);
            return await AskAsync(0).ConfigureAwait(false);
        }
    }

    /// <summary>Appends what comes, with those who read behind.</summary>
    /// <returns>The digest of the whole, and which bytes it is of.</returns>
    private async Task<(Digest Digest, string Version)> ReceiveAsync(BlobFetch fetch, BlobStream stream, string data, CancellationToken stop)
    {
        using IncrementalHash hash = fetch.Digest.CreateHash();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using IStorageWriter file = await driver.AppendAsync(data, stop).ConfigureAwait(false);
            await HashAsync(hash, data, file.Length, buffer, stop).ConfigureAwait(false);
            fetch.Begin(stream.Size);
            fetch.Advance(file.ReadableLength);
            (long mark, long since) = (file.Length, time.GetTimestamp());
            for (int count; (count = await stream.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0;)
            {
                await file.WriteAsync(buffer.AsMemory(0, count), CancellationToken.None).ConfigureAwait(false);
                hash.AppendData(buffer, 0, count);
                // A store that has no use for small pieces keeps what came to itself for a while.
                if (file.Length - file.ReadableLength >= FlushBytes) await file.FlushAsync(stop).ConfigureAwait(false);
                fetch.Advance(file.ReadableLength);
                if (time.GetElapsedTime(since) < Pace) continue;
                if (file.Length - mark < PaceBytes) throw new KeelsonException(ErrorKind.Unavailable, $"fetch {fetch.Route.Remote}@{fetch.Digest}: {file.Length - mark} bytes within {Pace.TotalSeconds:0} s");
                (mark, since) = (file.Length, time.GetTimestamp());
            }
            await file.FlushAsync(stop).ConfigureAwait(false);
            await file.SyncAsync(stop).ConfigureAwait(false);
            fetch.Advance(file.ReadableLength);
            return (Digest.FromHash(hash.GetHashAndReset()), file.Version);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task HashAsync(IncrementalHash hash, string data, long length, byte[] buffer, CancellationToken stop)
    {
        if (length == 0) return;
        await using IStorageReader file = await driver.OpenAsync(data, stop).ConfigureAwait(false) ?? throw new KeelsonException(ErrorKind.DataLoss, $"read {data}: it is gone");
        long offset = 0;
        for (int count; offset < length && (count = await file.ReadAsync(offset, buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - offset)), stop).ConfigureAwait(false)) > 0; offset += count) hash.AppendData(buffer, 0, count);
        if (offset < length) throw new KeelsonException(ErrorKind.DataLoss, $"read {data}: it ends at {offset} of {length}");
    }

    /// <summary>What the file is called among the pushes: no identifier of a push, so that no client gets at it, and no other registry's on the same store.</summary>
    private string IdOf(Digest digest) => $"fetch-{(member.Length == 0 ? "" : member + "-")}{digest.Algorithm}-{digest.Hex}";

    private static RegistryException Missing(BlobFetch fetch) => new(ErrorKind.NotFound, $"fetch {fetch.Route.Remote}@{fetch.Digest}: there is none");
}
