using Amazon.S3.Model;
using Keelson.Registry.Storage;

namespace Keelson.Registry.S3;

/// <summary>A bucket of S3, or of a server that speaks its protocol.</summary>
/// <remarks>
/// Keys are the paths, so a bucket of distribution is adopted where it lies. A file that is appended to is many objects (<see cref="S3Segment"/>), which the server
/// makes one of when it is moved to its place. S3 lists and reads what was written before (since 2020); a server that does not is none for this driver. Two
/// registries on one bucket need locks in common.
/// </remarks>
public sealed class S3Driver : IStorageDriver, IStorageAddresses
{
    private const int PageKeys = 1000;

    private readonly S3Bucket bucket;
    private readonly string prefix;

    /// <summary>Opens a bucket; it is not asked for anything yet.</summary>
    /// <param name="options">Which one.</param>
    /// <exception cref="KeelsonException">InvalidArgument: something in them is out of range.</exception>
    public S3Driver(S3Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.ChunkBytes < S3Writer.LeastPartBytes || options.CopyChunkBytes < S3Writer.LeastPartBytes)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"s3 bucket {options.Bucket}: a piece has less than {S3Writer.LeastPartBytes} bytes");
        bucket = new(options);
        prefix = options.RootPrefix.Trim('/') is { Length: > 0 } root ? root + "/" : "";
    }

    /// <inheritdoc/>
    public string Name => "s3";

    /// <summary>Whether the bucket is there and may be read.</summary>
    /// <exception cref="KeelsonException">It is not, and why.</exception>
    public async ValueTask CheckAsync(CancellationToken cancel = default) => await bucket.ListAsync(prefix, null, 1, null, cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<StorageStatus?> FindAsync(string path, CancellationToken cancel = default)
    {
        if (await bucket.HeadAsync(At(path), cancel).ConfigureAwait(false) is { } found) return new StorageStatus(false, found.Length, found.Modified);
        (List<S3Segment> segments, bool isFolder) = await SegmentsAsync(path, cancel).ConfigureAwait(false);
        if (segments.Count > 0) return new StorageStatus(false, segments[^1].End, segments.Max(segment => segment.Modified));
        return isFolder ? new StorageStatus(true, 0, default) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string path, int limitBytes, CancellationToken cancel = default)
    {
        await using IStorageReader? reader = await OpenAsync(path, cancel).ConfigureAwait(false);
        if (reader is null) return null;
        if (reader.Length > limitBytes) throw new KeelsonException(ErrorKind.DataLoss, $"read {At(path)}: longer than {limitBytes} bytes");
        byte[] content = new byte[reader.Length];
        for (int at = 0, count; at < content.Length; at += count) count = await reader.ReadAsync(at, content.AsMemory(at), cancel).ConfigureAwait(false);
        return content;
    }

    /// <inheritdoc/>
    public async ValueTask<IStorageReader?> OpenAsync(string path, CancellationToken cancel = default)
    {
        if (await bucket.GetAsync(At(path), 0, null, cancel).ConfigureAwait(false) is { } whole) return new S3Reader(bucket, whole);
        (List<S3Segment> segments, _) = await SegmentsAsync(path, cancel).ConfigureAwait(false);
        return segments.Count > 0 ? new S3Reader(bucket, segments) : null;
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel = default) => bucket.PutAsync(At(path), content.ToArray(), content.Length, cancel);

    /// <inheritdoc/>
    public ValueTask NoteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel = default) => WriteAsync(path, content, cancel);

    /// <inheritdoc/>
    public async ValueTask<IStorageWriter> AppendAsync(string path, CancellationToken cancel = default)
    {
        (List<S3Segment> segments, bool isThere) = await SegmentsAsync(path, cancel).ConfigureAwait(false);
        // A file that was written whole becomes the first part of one that grows.
        if (!isThere && await bucket.HeadAsync(At(path), cancel).ConfigureAwait(false) is { } whole)
        {
            S3Segment first = new(S3Segment.NewKey(At(path), 0), 0, whole.Length, whole.Modified);
            await bucket.ComposeAsync([(At(path), whole.Length)], first.Key, cancel).ConfigureAwait(false);
            await bucket.DeleteAsync([At(path)], cancel).ConfigureAwait(false);
            segments.Add(first);
        }
        return new S3Writer(bucket, At(path), segments);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListAsync(string path, CancellationToken cancel = default)
    {
        string folder = At(path) + "/";
        List<string> names = [];
        string? next = null;
        do
        {
            ListObjectsV2Response page = await bucket.ListAsync(folder, "/", PageKeys, next, cancel).ConfigureAwait(false);
            foreach (S3Object entry in page.S3Objects ?? [])
                if (entry.Key.Length > folder.Length && entry.Key[folder.Length] != S3Segment.Mark) names.Add(entry.Key[folder.Length..]);
            foreach (string below in page.CommonPrefixes ?? []) names.Add(below[folder.Length..^1]);
            next = page.NextContinuationToken;
        }
        while (next is not null);
        return names;
    }

    /// <inheritdoc/>
    public ValueTask MoveAsync(string from, string to, CancellationToken cancel = default) => MoveAsync(from, to, null, cancel);

    /// <inheritdoc/>
    public async ValueTask MoveAsync(string from, string to, string? version, CancellationToken cancel = default)
    {
        (List<S3Segment> segments, _) = await SegmentsAsync(from, cancel).ConfigureAwait(false);
        if (version is not null && S3Segment.VersionOf(segments) != version)
            throw new KeelsonException(ErrorKind.Unavailable, $"s3 move {At(from)}: somebody else has written to it");
        List<(string Key, long Length)> sources = [.. segments.Select(segment => (segment.Key, segment.Length))];
        if (sources.Count == 0)
        {
            if (await bucket.HeadAsync(At(from), cancel).ConfigureAwait(false) is not { } whole) throw new KeelsonException(ErrorKind.NotFound, $"s3 move {At(from)}: it is not there");
            sources.Add((At(from), whole.Length));
        }
        await bucket.ComposeAsync(sources, At(to), cancel).ConfigureAwait(false);
        await RemoveAsync(from, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TouchAsync(string path, CancellationToken cancel = default)
    {
        string key = At(path);
        if (await bucket.HeadAsync(key, cancel).ConfigureAwait(false) is not { } found) return false;
        try
        {
            await bucket.ComposeAsync([(key, found.Length)], key, cancel).ConfigureAwait(false);
            return true;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RemoveAsync(string path, CancellationToken cancel = default)
    {
        string key = At(path);
        bool wasThere = false;
        while (true)
        {
            ListObjectsV2Response page = await bucket.ListAsync(key + "/", null, PageKeys, null, cancel).ConfigureAwait(false);
            if (page.S3Objects is not { Count: > 0 } found) break;
            wasThere = true;
            await bucket.DeleteAsync([.. found.Select(entry => entry.Key)], cancel).ConfigureAwait(false);
        }
        if (wasThere || await bucket.HeadAsync(key, cancel).ConfigureAwait(false) is null) return wasThere;
        await bucket.DeleteAsync([key], cancel).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public ValueTask<Uri?> AddressAsync(string path, CancellationToken cancel = default) => bucket.AddressAsync(At(path), bucket.Options.AddressLifetime)!;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        bucket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The parts of a file that is appended to.</summary>
    /// <returns>Them; and whether there is anything below the path, parts or files of a folder.</returns>
    private async ValueTask<(List<S3Segment> Segments, bool IsThere)> SegmentsAsync(string path, CancellationToken cancel)
    {
        string key = At(path);
        List<S3Segment> all = [];
        string? next = null;
        do
        {
            ListObjectsV2Response page = await bucket.ListAsync(key + "/", null, PageKeys, next, cancel).ConfigureAwait(false);
            if (page.S3Objects is not { Count: > 0 } found) break;
            // A folder has files of other names, and is not read to its end.
            if (!S3Segment.TryParse(key, found[0].Key, out _)) return ([], true);
            foreach (S3Object entry in found)
                if (S3Segment.TryParse(key, entry.Key, out long offset)) all.Add(new(entry.Key, offset, entry.Size.GetValueOrDefault(), new DateTimeOffset(entry.LastModified.GetValueOrDefault().ToUniversalTime())));
            next = page.NextContinuationToken;
        }
        while (next is not null);
        return (S3Segment.Chain(all), all.Count > 0);
    }

    private string At(string path) => prefix + path;
}
