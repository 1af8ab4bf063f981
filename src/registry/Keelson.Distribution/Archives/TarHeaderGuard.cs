namespace Keelson.Distribution;

/// <summary>
/// A tar on its way to its reader, which holds extended headers whole and believes what lengths they say: one of more than
/// <see cref="MaxHeaderBytes"/> goes no further (CVE-2023-25153).
/// </summary>
/// <remarks>
/// <code>
///   [header x][records][header L][name][header 0][contents] [header x] …
///    '-- looked at ------^--------------^                    ^
///                                                            ExpectHeaderAfter says where
/// </code>
/// </remarks>
internal sealed class TarHeaderGuard(Stream tar) : ReadOnlyStream
{
    /// <summary>Most bytes of one extended header: 1 MiB. In an image archive they hold names, of 4 KiB at most.</summary>
    public const long MaxHeaderBytes = 1 << 20;

    private const int BlockBytes = 512, SizeAt = 124, SizeEnd = 136, TypeAt = 156;

    private readonly byte[] block = new byte[BlockBytes];
    private long position, header;

    /// <summary>The reader stands behind a header: the next one comes after so many bytes of contents.</summary>
    public void ExpectHeaderAfter(long bytes) => header = position + Padded(bytes);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await tar.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Look(buffer.Span[..count]);
        return count;
    }

    private void Look(ReadOnlySpan<byte> bytes)
    {
        long end = position + bytes.Length;
        while (position < end)
        {
            if (position < header) position = Math.Min(header, end);
            int seen = (int)(position - header);
            if (seen >= BlockBytes) position = end;
            if (position >= end) return;
            int part = (int)Math.Min(BlockBytes - seen, end - position);
            bytes[^(int)(end - position)..][..part].CopyTo(block.AsSpan(seen));
            position += part;
            if (seen + part == BlockBytes && block[TypeAt] is (byte)'x' or (byte)'g' or (byte)'L' or (byte)'K') header = position + Padded(ExtendedSize());
        }
    }

    /// <exception cref="KeelsonException">InvalidArgument: it is too much.</exception>
    private long ExtendedSize()
    {
        long size = 0;
        foreach (byte digit in block.AsSpan(SizeAt..SizeEnd))
        {
            // Numbers in base 256 begin with a high bit; nobody needs them for what is small.
            if (digit >= 0x80 || size > MaxHeaderBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"read an image archive: has an extended header of more than {MaxHeaderBytes} bytes");
            if (digit is >= (byte)'0' and <= (byte)'7') size = size * 8 + digit - '0';
        }
        return size <= MaxHeaderBytes ? size : throw new KeelsonException(ErrorKind.InvalidArgument, $"read an image archive: has an extended header of {size} bytes, more than {MaxHeaderBytes}");
    }

    private static long Padded(long bytes) => (bytes + BlockBytes - 1) / BlockBytes * BlockBytes;
}
