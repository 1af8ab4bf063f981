using System.Security.Cryptography;

namespace Keelson.Tuf;

public sealed partial class TufClient
{
    /// <summary>Downloads a target into a file. Section 5.7.</summary>
    /// <param name="target">What <see cref="FindTargetAsync(string, CancellationToken)"/> found.</param>
    /// <param name="targets">Gets targets.</param>
    /// <param name="file">The file. It is replaced when all bytes are verified, and left alone when it has the right content already.</param>
    /// <param name="cancellation">Ends the download.</param>
    /// <returns>Whether it was downloaded; false when the file was right already.</returns>
    /// <exception cref="TufException">The content is not the target's, is missing, or comes too slowly. The file is as it was.</exception>
    public async Task<bool> DownloadAsync(TufTargetFile target, ITufFetcher targets, string file, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(targets);
        if (await HasContentAsync(target, file, cancellation).ConfigureAwait(false)) return false;
        await AtomicFile.WriteAsync(file, stream => DownloadAsync(target, targets, stream, cancellation), cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>Downloads a target into a stream. Nothing of it may be used before this ends well.</summary>
    /// <param name="target">What <see cref="FindTargetAsync(string, CancellationToken)"/> found.</param>
    /// <param name="targets">Gets targets.</param>
    /// <param name="destination">Where to; at most the target's length is written.</param>
    /// <param name="cancellation">Ends the download.</param>
    /// <exception cref="TufException">The content is not the target's, is missing, or comes too slowly.</exception>
    public async Task DownloadAsync(TufTargetFile target, ITufFetcher targets, Stream destination, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(destination);
        string path = RemotePathOf(target);
        Stream source = await targets.OpenAsync(path, cancellation).ConfigureAwait(false)
            ?? throw new TufException(TufFault.NotFound, $"get {target.Path}: the repository does not have it");
        await using (source.ConfigureAwait(false))
        {
            using TargetHasher hasher = new(target);
            long total = await transfer.CopyAsync(source, target.Path, target.LengthBytes, async (bytes, token) =>
            {
                hasher.Append(bytes.Span);
                await destination.WriteAsync(bytes, token).ConfigureAwait(false);
            }, cancellation).ConfigureAwait(false);
            hasher.Check(total);
        }
    }

    /// <summary>The name of a local file for a target: its path, encoded so that it is one name and leads nowhere.</summary>
    /// <param name="target">The target.</param>
    public static string FileNameOf(TufTargetFile target)
    {
        ArgumentNullException.ThrowIfNull(target);
        string name = PercentName.Encode(target.Path);
        if (name is "." or "..") throw new TufException(TufFault.BadPath, $"store {target.Path}: not the name of a file");
        return name.Length <= 200 ? name : "%x" + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(target.Path)));
    }

    private string RemotePathOf(TufTargetFile target)
    {
        string[] segments = target.Path.Split('/');
        if (segments.Any(segment => segment is "" or "." or ".." || segment.Contains('\\') || segment.Contains('\0')))
            throw new TufException(TufFault.BadPath, $"get {target.Path}: not a path below the repository");
        if (options.PrefixTargetsWithHash && (trusted ?? throw new InvalidOperationException("download before an update")).Root.IsConsistent) segments[^1] = $"{Convert.ToHexStringLower(target.Hashes.Preferred.Span)}.{segments[^1]}";
        return string.Join('/', segments.Select(PercentName.Encode));
    }

    private static async Task<bool> HasContentAsync(TufTargetFile target, string file, CancellationToken cancellation)
    {
        FileInfo info = new(file);
        if (!info.Exists || info.Length != target.LengthBytes) return false;
        using TargetHasher hasher = new(target);
        byte[] buffer = new byte[64 * 1024];
        FileStream stream = info.OpenRead();
        await using (stream.ConfigureAwait(false))
        {
            int count;
            while ((count = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0) hasher.Append(buffer.AsSpan(0, count));
        }
        return hasher.IsRight;
    }

    /// <summary>All known digests of a target at once.</summary>
    private sealed class TargetHasher(TufTargetFile target) : IDisposable
    {
        private readonly (IncrementalHash Hash, ReadOnlyMemory<byte> Expected)[] hashes =
            [.. target.Hashes.All.Select(pair => (IncrementalHash.CreateHash(pair.Algorithm), pair.Digest))];

        /// <summary>Whether the digests are right. Asked once.</summary>
        public bool IsRight => hashes.All(pair => pair.Hash.GetHashAndReset().AsSpan().SequenceEqual(pair.Expected.Span));

        public void Append(ReadOnlySpan<byte> bytes)
        {
            foreach ((IncrementalHash hash, _) in hashes) hash.AppendData(bytes);
        }

        public void Check(long total)
        {
            if (total != target.LengthBytes) throw new TufException(TufFault.Mismatch, $"get {target.Path}: {total} bytes and not {target.LengthBytes}");
            if (!IsRight) throw new TufException(TufFault.Mismatch, $"get {target.Path}: another hash");
        }

        public void Dispose()
        {
            foreach ((IncrementalHash hash, _) in hashes) hash.Dispose();
        }
    }
}
