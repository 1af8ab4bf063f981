using System.Security.Cryptography;
using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Scrub;

/// <summary>Reads all content and compares it with the digests that it goes by.</summary>
internal sealed class ContentScrub(IStorageDriver driver, BlobStore blobs, ManifestStore manifests, TimeProvider time, ScrubOptions options, Action<ScrubFinding> found)
{
    private const int PieceBytes = 256 << 10;

    private readonly byte[] buffer = new byte[PieceBytes];
    private readonly ReadRate rate = new(options.BytesPerSecond, time);

    public async Task RunAsync(ScrubReport report, CancellationToken cancel)
    {
        foreach (string algorithm in await driver.ListAsync(StorePaths.Blobs, cancel).ConfigureAwait(false))
            foreach (string shard in await driver.ListAsync($"{StorePaths.Blobs}/{algorithm}", cancel).ConfigureAwait(false))
                foreach (string hex in await driver.ListAsync($"{StorePaths.Blobs}/{algorithm}/{shard}", cancel).ConfigureAwait(false))
                {
                    if (!Digest.TryParse($"{algorithm}:{hex}", out Digest digest)) continue;
                    // Removed meanwhile, or the folder of what was.
                    if (await ReadAsync(digest, cancel).ConfigureAwait(false) is not { } read) continue;
                    report.Contents++;
                    report.Bytes += read.Bytes;
                    if (!read.IsRight) await CheckAgainAsync(digest, cancel).ConfigureAwait(false);
                }
    }

    /// <summary>It may have been replaced while it was read: a push that ended has put its own in its place.</summary>
    private async Task CheckAgainAsync(Digest digest, CancellationToken cancel)
    {
        await using IRegistryLock held = await blobs.EnterAsync(digest, cancel).ConfigureAwait(false);
        if (await ReadAsync(digest, cancel).ConfigureAwait(false) is not { IsRight: false } read) return;
        string where = "";
        if (options.Repairs)
        {
            where = StorePaths.Quarantine(digest, time.GetUtcNow());
            await blobs.PutAsideAsync(held, digest, where, cancel).ConfigureAwait(false);
            // A manifest that is still in memory is as good as one that is pushed.
            if (manifests.Remembered(digest) is { } known) await held.ChangeAsync(late => driver.WriteAsync(StorePaths.Blob(digest), known.Content, late), cancel).ConfigureAwait(false);
        }
        found(new(ScrubFault.DamagedContent, null, null, digest, $"content {digest}: its {read.Bytes} bytes have another digest{(where.Length > 0 ? ", put aside as " + where : "")}", options.Repairs));
    }

    private async Task<(long Bytes, bool IsRight)?> ReadAsync(Digest digest, CancellationToken cancel)
    {
        await using IStorageReader? file = await driver.OpenAsync(StorePaths.Blob(digest), cancel).ConfigureAwait(false);
        if (file is null) return null;
        using IncrementalHash hash = digest.CreateHash();
        long offset = 0;
        for (int count; (count = await file.ReadAsync(offset, buffer, cancel).ConfigureAwait(false)) > 0; offset += count)
        {
            hash.AppendData(buffer, 0, count);
            await rate.SpendAsync(count, cancel).ConfigureAwait(false);
        }
        return (offset, Digest.FromHash(hash.GetHashAndReset()) == digest);
    }
}
