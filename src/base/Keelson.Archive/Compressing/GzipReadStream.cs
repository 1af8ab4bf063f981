using System.IO.Compression;
using System.Security.Cryptography;

namespace Keelson.Archive;

/// <summary>gzip, with a fault where the input is cut off or followed by something else.</summary>
/// <remarks>
/// <see cref="GZipStream"/> ends without an error when its input ends too early, and passes over what follows a member and is none. So a last member with
/// random contents, the seal, is put behind the input. Exactly when the input was a whole number of members the output ends with the seal; it is held back and compared.
/// </remarks>
internal sealed class GzipReadStream : ReadOnlyStream
{
    private const int SealBytes = 16;

    private readonly GZipStream gzip;
    private readonly byte[] seal = RandomNumberGenerator.GetBytes(SealBytes);

    /// <summary>The last bytes of the output so far; they are given out once more have come.</summary>
    private readonly byte[] held = new byte[SealBytes];
    private int heldCount;
    private byte[] room = [];
    private bool isAtEnd;

    public GzipReadStream(Stream source)
    {
        MemoryStream member = new();
        using (GZipStream writer = new(member, CompressionLevel.NoCompression, leaveOpen: true)) writer.Write(seal);
        gzip = new GZipStream(new SealedStream(source, member.ToArray()), CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        while (!isAtEnd && !buffer.IsEmpty)
        {
            byte[] target = Room(buffer.Length);
            if (Release(buffer, target, gzip.Read(target, heldCount, buffer.Length)) is > 0 and var count) return count;
        }
        return 0;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!isAtEnd && !buffer.IsEmpty)
        {
            byte[] target = Room(buffer.Length);
            int read = await gzip.ReadAsync(target.AsMemory(heldCount, buffer.Length), cancellationToken).ConfigureAwait(false);
            if (Release(buffer.Span, target, read) is > 0 and var count) return count;
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) gzip.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Room for what is held and as much again as asked for, the held bytes in front.</summary>
    private byte[] Room(int count)
    {
        if (room.Length < count + SealBytes) room = new byte[count + SealBytes];
        held.AsSpan(0, heldCount).CopyTo(room);
        return room;
    }

    private int Release(Span<byte> buffer, byte[] target, int read)
    {
        if (read == 0)
        {
            isAtEnd = true;
            if (!held.AsSpan(0, heldCount).SequenceEqual(seal)) throw new InvalidDataException("the gzip data is cut off or followed by something else");
            return 0;
        }
        int all = heldCount + read, free = Math.Max(0, all - SealBytes);
        target.AsSpan(0, free).CopyTo(buffer);
        heldCount = all - free;
        target.AsSpan(free, heldCount).CopyTo(held);
        return free;
    }

    /// <summary>A stream and bytes behind it. A stream that is empty stays so.</summary>
    private sealed class SealedStream(Stream source, byte[] tail) : ReadOnlyStream
    {
        private int sent = -1;
        private bool hasBytes;

        public override int Read(Span<byte> buffer) => sent < 0 ? After(source.Read(buffer), buffer) : After(0, buffer);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            sent < 0 ? After(await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false), buffer.Span) : After(0, buffer.Span);

        private int After(int read, Span<byte> buffer)
        {
            hasBytes |= read > 0;
            if (read > 0 || buffer.IsEmpty || !hasBytes) return read;
            sent = Math.Max(sent, 0);
            int count = Math.Min(buffer.Length, tail.Length - sent);
            tail.AsSpan(sent, count).CopyTo(buffer);
            sent += count;
            return count;
        }
    }
}
