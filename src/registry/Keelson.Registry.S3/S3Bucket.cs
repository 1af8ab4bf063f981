using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Keelson.Registry.S3;

/// <summary>The requests that a store makes of a bucket, each with errors of ours. Keys are whole.</summary>
internal sealed partial class S3Bucket : IDisposable
{
    private const string ContentType = "application/octet-stream";

    /// <summary>Most keys that one request removes.</summary>
    public const int BatchKeys = 1000;

    private readonly S3Options options;
    private readonly AmazonS3Client client;
    private volatile bool hasNoBatches;

    public S3Bucket(S3Options options)
    {
        this.options = options;
        AmazonS3Config config = new()
        {
            AuthenticationRegion = options.Region, ForcePathStyle = options.HasPathStyle, UseHttp = !options.IsSecure,
            // Servers that are not Amazon's do not know the newer checksums; TCP has some, and a blob has its digest.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            RetryMode = RequestRetryMode.Standard, MaxErrorRetry = 5, Timeout = TimeSpan.FromSeconds(100),
        };
        // Either of the two takes the other's place, so the later one counts.
        if (options.Endpoint is { } endpoint) config.ServiceURL = endpoint.ToString();
        else config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        client = options.AccessKey is not { } key ? new(config)
            : options.SessionToken is { } token ? new(key, options.SecretKey, token, config)
            : new(key, options.SecretKey, config);
    }

    public S3Options Options => options;

    /// <summary>What is under a key.</summary>
    public async ValueTask<(long Length, DateTimeOffset Modified)?> HeadAsync(string key, CancellationToken cancel)
    {
        try
        {
            GetObjectMetadataResponse found = await client.GetObjectMetadataAsync(options.Bucket, key, cancel).ConfigureAwait(false);
            return (found.ContentLength, new DateTimeOffset(found.LastModified.GetValueOrDefault().ToUniversalTime()));
        }
        catch (AmazonS3Exception e) when (S3Errors.IsMissing(e))
        {
            return null;
        }
        catch (Exception e) when (S3Errors.IsOfServer(e, cancel))
        {
            throw S3Errors.Of("head", options.Bucket, key, e);
        }
    }

    /// <summary>Opens an object, or its end from an offset on.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="etag">Which content it has to have; <see langword="null"/>: any.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns><see langword="null"/>: it is not there.</returns>
    public async ValueTask<GetObjectResponse?> GetAsync(string key, long offset, string? etag, CancellationToken cancel)
    {
        try
        {
            GetObjectRequest request = new() { BucketName = options.Bucket, Key = key, EtagToMatch = etag };
            if (offset > 0) request.ByteRange = new ByteRange(offset, long.MaxValue - 1);
            return await client.GetObjectAsync(request, cancel).ConfigureAwait(false);
        }
        catch (AmazonS3Exception e) when (S3Errors.IsMissing(e))
        {
            return null;
        }
        catch (Exception e) when (S3Errors.IsOfServer(e, cancel))
        {
            throw S3Errors.Of("get", options.Bucket, key, e);
        }
    }

    /// <summary>Writes an object.</summary>
    public async ValueTask PutAsync(string key, byte[] content, int count, CancellationToken cancel)
    {
        using MemoryStream body = new(content, 0, count, writable: false);
        PutObjectRequest request = new()
        {
            BucketName = options.Bucket, Key = key, InputStream = body, AutoCloseStream = false, ContentType = ContentType,
            // Pieces signed one by one are not known everywhere. What TLS protects is not hashed once more.
            UseChunkEncoding = false, DisablePayloadSigning = (options.Endpoint?.Scheme ?? (options.IsSecure ? "https" : "http")) == "https",
            StorageClass = StorageClass, ServerSideEncryptionMethod = Encryption, ServerSideEncryptionKeyManagementServiceKeyId = EncryptionKey,
        };
        try
        {
            await client.PutObjectAsync(request, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Errors.IsOfServer(e, cancel))
        {
            throw S3Errors.Of("put", options.Bucket, key, e);
        }
    }

    /// <summary>Keys that begin alike, in their order.</summary>
    /// <param name="prefix">How they begin.</param>
    /// <param name="delimiter">Keys that have it behind the prefix count once, up to and with it; <see langword="null"/>: all.</param>
    /// <param name="limit">Most of a page.</param>
    /// <param name="next">Where the last page ended.</param>
    /// <param name="cancel">Gives up.</param>
    public async ValueTask<ListObjectsV2Response> ListAsync(string prefix, string? delimiter, int limit, string? next, CancellationToken cancel)
    {
        try
        {
            return await client.ListObjectsV2Async(new() { BucketName = options.Bucket, Prefix = prefix, Delimiter = delimiter, MaxKeys = limit, ContinuationToken = next }, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Errors.IsOfServer(e, cancel))
        {
            throw S3Errors.Of("list", options.Bucket, prefix, e);
        }
    }

    /// <summary>Removes objects, up to <see cref="BatchKeys"/>. What is not there is no error.</summary>
    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        try
        {
            if (keys.Count > 1 && !hasNoBatches && await TryDeleteBatchAsync(keys, cancel).ConfigureAwait(false)) return;
            ParallelOptions several = new() { MaxDegreeOfParallelism = options.CopyConcurrency, CancellationToken = cancel };
            await Parallel.ForEachAsync(keys, several, DeleteOneAsync).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Errors.IsOfServer(e, cancel))
        {
            throw S3Errors.Of("delete", options.Bucket, keys[0], e);
        }
    }

    /// <summary>An address that lets whoever has it read an object for a while.</summary>
    public async ValueTask<Uri> AddressAsync(string key, TimeSpan lifetime)
    {
        bool isSecure = options.Endpoint is { } endpoint ? endpoint.Scheme == "https" : options.IsSecure;
        return new(await client.GetPreSignedURLAsync(new()
        {
            BucketName = options.Bucket, Key = key, Verb = HttpVerb.GET, Expires = options.Time.GetUtcNow().UtcDateTime + lifetime, Protocol = isSecure ? Protocol.HTTPS : Protocol.HTTP,
        }).ConfigureAwait(false));
    }

    public void Dispose() => client.Dispose();

    private async ValueTask DeleteOneAsync(string key, CancellationToken cancel)
    {
        try
        {
            await client.DeleteObjectAsync(options.Bucket, key, cancel).ConfigureAwait(false);
        }
        catch (AmazonS3Exception e) when (S3Errors.IsMissing(e))
        {
            // Amazon answers that it is done, others that there was nothing to do.
        }
    }

    private async ValueTask<bool> TryDeleteBatchAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        try
        {
            await client.DeleteObjectsAsync(new() { BucketName = options.Bucket, Objects = [.. keys.Select(key => new KeyVersion { Key = key })], Quiet = true }, cancel).ConfigureAwait(false);
            return true;
        }
        catch (DeleteObjectsException e)
        {
            DeleteError first = e.Response.DeleteErrors[0];
            throw new KeelsonException(ErrorKind.Unavailable, $"s3 delete {options.Bucket}/{first.Key}: {first.Code}", e);
        }
        catch (AmazonS3Exception e) when ((int)e.StatusCode is 400 or 404 or 405 or 411 or 501 && e.ErrorCode != "NoSuchBucket")
        {
            // Some servers have no such request, or want a checksum that Amazon no longer does: from now on one by one.
            hasNoBatches = true;
            return false;
        }
    }

    private S3StorageClass? StorageClass => options.StorageClass is { } name ? new S3StorageClass(name) : null;

    private ServerSideEncryptionMethod? Encryption => !options.IsEncrypted ? null : options.EncryptionKey is null ? ServerSideEncryptionMethod.AES256 : ServerSideEncryptionMethod.AWSKMS;

    private string? EncryptionKey => options.IsEncrypted ? options.EncryptionKey : null;
}
