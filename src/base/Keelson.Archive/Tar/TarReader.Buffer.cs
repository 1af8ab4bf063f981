namespace Keelson.Archive;

public sealed partial class TarReader
{
    private const int BufferBytes = 128 << 10;

    private readonly Stream source;
    private readonly byte[] buffer = new byte[BufferBytes];
    private int start, end;

    /// <summary>Stored bytes of the present contents that are not consumed yet, and the zero bytes behind them.</summary>
    private long stored;
    private int padding;

    /// <summary>The next header, its checksum verified; empty at the end of the archive. Valid until the buffer is filled again.</summary>
    private ReadOnlySpan<byte> NextBlock()
    {
        if (!TryFill(TarField.BlockSize))
        {
            if (end > start || !limits.AllowsMissingEnd) throw CutOff();
            isAtEnd = true;
            return [];
        }
        ReadOnlySpan<byte> block = Take(TarField.BlockSize);
        if (!block.ContainsAnyExcept((byte)0))
        {
            // Two blocks of zeros end an archive; one at the end of the stream is taken for that, too.
            isAtEnd = true;
            if (TryFill(TarField.BlockSize) && Take(TarField.BlockSize).ContainsAnyExcept((byte)0)) throw Bad("", "a block of zeros stands between entries");
            return [];
        }
        (long unsigned, long signed) = TarField.Checksum(block);
        if (!TarField.TryNumber(block.Slice(148, 8), out long sum) || (sum != unsigned && sum != signed)) throw Bad("", "the checksum of a header is wrong");
        return block;
    }

    private void StartContents(long size)
    {
        stored = size;
        padding = (int)(-size & (TarField.BlockSize - 1));
    }

    /// <summary>The whole contents of the entry whose header this is.</summary>
    private byte[] Contents(ReadOnlySpan<byte> block, long size, int limit, string what)
    {
        if (size > limit) throw new ArchiveException(ErrorKind.InvalidArgument, $"read tar: {ArchiveText.Show(TarField.Text(block[..100]))}: {what} is longer than {limit} bytes");
        StartContents(size);
        byte[] contents = new byte[size];
        for (int done = 0; done < contents.Length;)
        {
            ReadOnlySpan<byte> piece = StoredPiece(contents.Length - done);
            piece.CopyTo(contents.AsSpan(done));
            done += piece.Length;
        }
        return contents;
    }

    /// <summary>The next stored bytes, at least one and at most <paramref name="most"/>. Valid until the buffer is filled again.</summary>
    private ReadOnlySpan<byte> StoredPiece(long most)
    {
        if (!TryFill(1)) throw CutOff();
        ReadOnlySpan<byte> piece = Take((int)Math.Min(end - start, Math.Min(most, stored)));
        stored -= piece.Length;
        return piece;
    }

    private void SkipContents()
    {
        ForgetSparseMap();
        Skip(stored);
        stored = 0;
        SkipPadding();
    }

    private void SkipPadding()
    {
        while (padding > 0)
        {
            if (!TryFill(1))
            {
                // Go's writers leave the padding of the last entry out when nobody closes them, as umoci's do not; the end of the archive is missing then as well.
                if (!limits.AllowsMissingEnd) throw CutOff();
                padding = 0;
                return;
            }
            padding -= Take(Math.Min(end - start, padding)).Length;
        }
    }

    private void Skip(long count)
    {
        while (count > 0)
        {
            if (start == end && count > BufferBytes && source.CanSeek)
            {
                if (source.Length - source.Position < count) throw CutOff();
                source.Seek(count, SeekOrigin.Current);
                return;
            }
            if (!TryFill(1)) throw CutOff();
            count -= Take((int)Math.Min(end - start, count)).Length;
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = buffer.AsSpan(start, count);
        start += count;
        return taken;
    }

    /// <summary>Makes so many bytes lie in the buffer.</summary>
    /// <returns>Whether the stream had them.</returns>
    private bool TryFill(int count)
    {
        if (end - start >= count) return true;
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        while (end < count)
        {
            int read = source.Read(buffer, end, buffer.Length - end);
            if (read == 0) return false;
            end += read;
        }
        return true;
    }

    private static ArchiveException CutOff() => new(ErrorKind.DataLoss, "read tar: the archive is cut off");
}
