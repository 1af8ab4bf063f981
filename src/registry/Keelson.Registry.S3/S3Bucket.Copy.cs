using Amazon.S3;
using Amazon.S3.Model;

namespace Keelson.Registry.S3;

/// <summary>Copies that the server makes by itself.</summary>
internal sealed partial class S3Bucket
{
    /// <summary>S3: most parts of an object.</summary>
    public const int MaxParts = 10_000;

    /// <summary>Makes one object of others, whole or not at all.</summary>
    /// <param name="sources">Keys and lengths, in their order. All but the last are 5 MiB at least.</param>
    /// <param name="target">Key of the object, which may be the only source.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">NotFound: a source is not there.</exception>
    public async ValueTask ComposeAsync(IReadOnlyList<(string Key, long Length)> sources, string target, CancellationToken cancel)
    {
        try
        {
            if (sources.Count == 1 && sources[0].Length <= options.CopyThresholdBytes) await CopyAsync(sources[0].Key, target, cancel).ConfigureAwait(false);
            else await ComposePartsAsync(sources, target, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Errors.IsOfServer(e, cancel))
        {
            throw S3Errors.Of("copy", options.Bucket, $"{sources[0].Key} to {target}", e);
        }
    }

    private async Task CopyAsync(string source, string target, CancellationToken cancel) => await client.CopyObjectAsync(new()
    {
        SourceBucket = options.Bucket, SourceKey = source, DestinationBucket = options.Bucket, DestinationKey = target,
        // Replaced, so that an object may be copied onto itself.
        MetadataDirective = S3MetadataDirective.REPLACE, ContentType = ContentType,
        StorageClass = StorageClass, ServerSideEncryptionMethod = Encryption, ServerSideEncryptionKeyManagementServiceKeyId = EncryptionKey,
    }, cancel).ConfigureAwait(false);

    private async Task ComposePartsAsync(IReadOnlyList<(string Key, long Length)> sources, string target, CancellationToken cancel)
    {
        List<(string Key, long From, long To)> pieces = [];
        foreach ((string key, long length) in sources) Split(key, length, pieces);
        if (pieces.Count > MaxParts) throw new KeelsonException(ErrorKind.FailedPrecondition, $"s3 copy {options.Bucket}/{target}: it would have {pieces.Count} parts, more than {MaxParts}; chunksize is too small for it");
        InitiateMultipartUploadResponse begun = await client.InitiateMultipartUploadAsync(new()
        {
            BucketName = options.Bucket, Key = target, ContentType = ContentType,
            StorageClass = StorageClass, ServerSideEncryptionMethod = Encryption, ServerSideEncryptionKeyManagementServiceKeyId = EncryptionKey,
        }, cancel).ConfigureAwait(false);
        try
        {
            PartETag[] parts = new PartETag[pieces.Count];
            ParallelOptions several = new() { MaxDegreeOfParallelism = options.CopyConcurrency, CancellationToken = cancel };
            await Parallel.ForAsync(0, pieces.Count, several, async (i, stop) =>
            {
                CopyPartResponse done = await client.CopyPartAsync(new()
                {
                    SourceBucket = options.Bucket, SourceKey = pieces[i].Key, FirstByte = pieces[i].From, LastByte = pieces[i].To,
                    DestinationBucket = options.Bucket, DestinationKey = target, UploadId = begun.UploadId, PartNumber = i + 1,
                }, stop).ConfigureAwait(false);
                parts[i] = new(i + 1, done.ETag);
            }).ConfigureAwait(false);
            await client.CompleteMultipartUploadAsync(new() { BucketName = options.Bucket, Key = target, UploadId = begun.UploadId, PartETags = [.. parts] }, cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            try
            {
                // Parts of what is never completed cost money until somebody gives it up.
                await client.AbortMultipartUploadAsync(options.Bucket, target, begun.UploadId, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception second) when (S3Errors.IsOfServer(second, CancellationToken.None))
            {
                throw new KeelsonException(ErrorKind.Unavailable, $"s3 copy {options.Bucket}/{target}: it failed, and what was copied of it stays", new AggregateException(e, second));
            }
            throw;
        }
    }

    /// <summary>Cuts an object in parts of nearly the same length, none shorter than what a piece is to have.</summary>
    private void Split(string key, long length, List<(string Key, long From, long To)> pieces)
    {
        long count = length <= options.CopyThresholdBytes ? 1 : Math.Max(1, length / options.CopyChunkBytes);
        long piece = (length + count - 1) / count;
        for (long from = 0; from < length; from += piece) pieces.Add((key, from, Math.Min(from + piece, length) - 1));
    }
}
