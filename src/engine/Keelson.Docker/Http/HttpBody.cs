using System.Globalization;

namespace Keelson.Docker.Http;

/// <summary>The body of an answer, read as it comes. RFC 9112 section 6.</summary>
internal sealed class HttpBody : ReadOnlyStream
{
    private readonly HttpConnection connection;
    private readonly bool isChunked;
    private long left;
    private bool isFirstChunk = true;

    /// <param name="connection">Where it comes from.</param>
    /// <param name="length">Bytes; -1 until the connection ends.</param>
    /// <param name="isChunked">It comes in chunks, whatever the length.</param>
    public HttpBody(HttpConnection connection, long length, bool isChunked)
    {
        this.connection = connection;
        this.isChunked = isChunked;
        left = isChunked ? 0 : length;
        IsComplete = !isChunked && length == 0;
    }

    /// <summary>Whether all was read, so that the connection can take the next request.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether some of it can be read without waiting.</summary>
    public bool HasBuffered => connection.HasBuffered;

    /// <summary>For poll(2).</summary>
    public int Fd => connection.Fd;

    public override int Read(Span<byte> buffer)
    {
        if (IsComplete || buffer.IsEmpty) return 0;
        if (isChunked && left == 0 && !NextChunk()) return 0;
        int count = connection.Read(left < 0 ? buffer : buffer[..(int)Math.Min(buffer.Length, left)]);
        if (count == 0)
        {
            IsComplete = true;
            if (left > 0) throw new KeelsonException(ErrorKind.Unavailable, "read the engine's answer: the connection ended in the middle");
            connection.IsBroken = true;
            return 0;
        }
        if (left > 0) left -= count;
        if (left == 0 && !isChunked) IsComplete = true;
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    /// <summary>All that is left.</summary>
    /// <param name="limitBytes">The most that is taken: an answer that is read as a whole is small.</param>
    public byte[] ReadAll(int limitBytes = 256 << 20)
    {
        byte[] bytes = new byte[left > 0 ? (int)Math.Min(left, limitBytes) : 4096];
        int length = 0;
        while (true)
        {
            if (length == bytes.Length)
            {
                if (IsComplete) break;
                Array.Resize(ref bytes, bytes.Length * 2);
            }
            int count = Read(bytes.AsSpan(length));
            if (count == 0) break;
            length += count;
            if (length > limitBytes) throw new KeelsonException(ErrorKind.Unknown, $"read the engine's answer: it is longer than {limitBytes} bytes");
        }
        return length == bytes.Length ? bytes : bytes[..length];
    }

    private bool NextChunk()
    {
        if (!isFirstChunk) connection.ReadLine();
        isFirstChunk = false;
        string line = connection.ReadLine();
        int end = line.IndexOf(';', StringComparison.Ordinal);
        if (!long.TryParse(end < 0 ? line : line[..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out left) || left < 0)
            throw new KeelsonException(ErrorKind.Unavailable, "read the engine's answer: the length of a chunk is no number");
        if (left > 0) return true;
        while (connection.ReadLine().Length > 0)
        {
            // Trailers say nothing that is of use here.
        }
        IsComplete = true;
        return false;
    }
}
