using System.Buffers;
using System.Security.Cryptography;
using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>Writes one blob of a layout. The file is locked while it is open.</summary>
internal sealed class OciLayoutWriter(OciLayout layout, FileStream file, string path, string reference) : IBlobWriter
{
    private const int ReadBytes = 256 << 10;
    private IncrementalHash hash = NewHash(reference);
    private bool isCommitted;

    public long Offset { get; private set; }

    /// <summary>Hashes what an earlier process wrote.</summary>
    public async ValueTask HashWrittenAsync(CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            for (int read; (read = await RandomAccess.ReadAsync(file.SafeFileHandle, buffer, Offset, cancellation).ConfigureAwait(false)) > 0; Offset += read)
                hash.AppendData(buffer, 0, read);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        ValueTask writing = RandomAccess.WriteAsync(file.SafeFileHandle, bytes, Offset, cancellation);
        hash.AppendData(bytes.Span);
        await writing.ConfigureAwait(false);
        Offset += bytes.Length;
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation) => RandomAccess.ReadAsync(file.SafeFileHandle, buffer, offset, cancellation);

    public ValueTask ResetAsync(CancellationToken cancellation)
    {
        RandomAccess.SetLength(file.SafeFileHandle, 0);
        hash.Dispose();
        hash = NewHash(reference);
        Offset = 0;
        return ValueTask.CompletedTask;
    }

    public async ValueTask<Digest> CommitAsync(Digest expected, long size, CancellationToken cancellation)
    {
        Digest digest = Digest.FromHash(hash.GetHashAndReset());
        if (Offset != size || !expected.IsEmpty && digest != expected)
        {
            string problem = Offset != size ? $"it has {Offset} bytes, not {size}" : $"it is {digest}, not {expected}";
            await ResetAsync(cancellation).ConfigureAwait(false);
            throw new KeelsonException(ErrorKind.DataLoss, $"commit {reference}: {problem}");
        }
        // A power cut after the rename must not leave a name without its content.
        RandomAccess.FlushToDisk(file.SafeFileHandle);
        string target = layout.BlobPath(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Move(path, target, overwrite: true);
        isCommitted = true;
        return digest;
    }

    public async ValueTask DisposeAsync()
    {
        hash.Dispose();
        if (Offset == 0 && !isCommitted) File.Delete(path);
        await file.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The algorithm of the digest at the end of the reference; sha256 where there is none.</summary>
    private static IncrementalHash NewHash(string reference) =>
        Digest.TryParse(reference.AsSpan(reference.IndexOf('-', StringComparison.Ordinal) + 1), out Digest digest) ? digest.CreateHash() : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
}
