using System.Security.Cryptography;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Reads one blob at any offset. Many threads may read at once; none may when it is disposed of.</summary>
public sealed class ContentReader : IDisposable
{
    private const int BufferBytes = 256 << 10;
    private readonly FdHandle file;

    private ContentReader(ContentInfo info, FdHandle file)
    {
        Info = info;
        this.file = file;
    }

    /// <summary>What was known of the blob when it was opened.</summary>
    public ContentInfo Info { get; }

    /// <summary>Length in bytes.</summary>
    public long Size => Info.Size;

    /// <summary>The open file, which stays this reader's: for copies in the kernel and maps.</summary>
    public FdHandle File => file;

    internal static ContentReader Open(ContentInfo info, FdHandle file)
    {
        try
        {
            Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("stat", info.Digest.ToString());
            if (status.Size != info.Size) throw new KeelsonException(ErrorKind.DataLoss, $"open content {info.Digest}: its file has {status.Size} bytes and not {info.Size}");
            return new(info, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads at an offset. pread(2).</summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="offset">First byte.</param>
    /// <returns>Bytes read: fewer than asked for at the end alone, 0 behind it.</returns>
    public int Read(Span<byte> buffer, long offset)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            Files.TryReadAt(file.Fd, offset + done, buffer[done..], out int count).ThrowIfError("read content", Info.Digest.ToString());
            if (count == 0) break;
            done += count;
        }
        return done;
    }

    /// <summary>Reads the whole blob and checks its digest: for manifests and configurations.</summary>
    /// <param name="limitBytes">A larger one is refused; 16 MiB by default.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it is larger. DataLoss: its bytes are not those of its digest.</exception>
    public byte[] ReadAll(int limitBytes = 16 << 20)
    {
        if (Size > limitBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"read content {Info.Digest}: its {Size} bytes are more than {limitBytes}");
        byte[] content = new byte[Size];
        int length = Read(content, 0);
        using IncrementalHash hash = Info.Digest.CreateHash();
        hash.AppendData(content, 0, length);
        Check(hash);
        return content;
    }

    /// <summary>Reads the whole blob, checks its digest and hands its bytes on as they come.</summary>
    /// <param name="target">Takes the bytes; what it got is good only when this call ends well.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">DataLoss: its bytes are not those of its digest.</exception>
    public async Task CopyToAsync(Stream target, CancellationToken cancel = default)
    {
        byte[] buffer = new byte[BufferBytes];
        using IncrementalHash hash = Info.Digest.CreateHash();
        for (long at = 0; ;)
        {
            int count = Read(buffer, at);
            if (count == 0) break;
            hash.AppendData(buffer, 0, count);
            await target.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
            at += count;
        }
        Check(hash);
    }

    /// <summary>A stream of the blob, which can seek and does not check the digest. It stays good after this reader is disposed of.</summary>
    public Stream OpenStream()
    {
        Files.TryOpen(file.ProcPath, OpenFlags.O_RDONLY, out FdHandle? copy).ThrowIfError("open content", Info.Digest.ToString());
        return new FileStream(copy!.ToSafeFileHandle(), FileAccess.Read, bufferSize: 0);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private void Check(IncrementalHash hash)
    {
        Digest actual = Digest.FromHash(hash.GetCurrentHash());
        if (actual != Info.Digest) throw new KeelsonException(ErrorKind.DataLoss, $"read content {Info.Digest}: its bytes have the digest {actual}");
    }
}
