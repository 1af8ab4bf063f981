namespace Keelson.Registry.Storage;

/// <summary>Bytes in pieces, so that a long file that grows is not copied again and again.</summary>
internal sealed class MemoryFile
{
    private const int PieceBytes = 64 << 10;
    private readonly List<byte[]> pieces = [];

    public long Length { get; private set; }

    public DateTimeOffset Modified { get; set; }

    /// <summary>Appends.</summary>
    public void Append(ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            int at = (int)(Length % PieceBytes);
            // The last piece of a short file is as long as the file.
            if (at == 0) pieces.Add(new byte[Math.Min(content.Length, PieceBytes)]);
            else if (pieces[^1].Length < PieceBytes) pieces[^1] = Grown(pieces[^1], Math.Min(PieceBytes, Math.Max(at * 2, at + content.Length)));
            int count = Math.Min(content.Length, pieces[^1].Length - at);
            content[..count].CopyTo(pieces[^1].AsSpan(at));
            content = content[count..];
            Length += count;
        }
    }

    /// <summary>Reads as many as there are from an offset on.</summary>
    public int Read(long offset, Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length && offset + done < Length)
        {
            long from = offset + done;
            int at = (int)(from % PieceBytes);
            int count = (int)Math.Min(Math.Min(buffer.Length - done, PieceBytes - at), Length - from);
            pieces[(int)(from / PieceBytes)].AsSpan(at, count).CopyTo(buffer[done..]);
            done += count;
        }
        return done;
    }

    private static byte[] Grown(byte[] piece, int bytes)
    {
        if (bytes > piece.Length) Array.Resize(ref piece, bytes);
        return piece;
    }
}
