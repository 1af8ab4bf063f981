using System.Buffers.Binary;

namespace Keelson.Content;

/// <summary>The form of logs and checkpoints, low byte first.</summary>
/// <remarks>
/// <code>
/// file   0        8         12       16
///        +--------+---------+--------+-------+-------+--
///        | KEELMD | version | zero   | frame | frame | ...
///        +--------+---------+--------+-------+-------+--
/// frame  0        4         8                 16
///        +--------+---------+-----------------+-------------------+
///        | length | crc32c  | synced          | length bytes      |
///        +--------+---------+-----------------+-------------------+
/// </code>
/// The checksum covers <c>synced</c> and the bytes. <c>synced</c> is the length of the file that was known to be on the disk when the frame was
/// written: a damaged frame below the <c>synced</c> of a later one is a loss, one above is what a crash leaves of a write that nobody was told of.
/// </remarks>
internal static class LogFormat
{
    /// <summary>What the tables look like. See <see cref="Migration"/>.</summary>
    public const uint Version = 1;

    public const int HeaderBytes = 16, FrameBytes = 16;

    /// <summary>No frame is longer: transactions have limits on what is in them.</summary>
    public const int FrameLimitBytes = 256 << 20;

    private static ReadOnlySpan<byte> Magic => "KEELMD\r\n"u8;

    public static byte[] Header(uint version)
    {
        byte[] header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), version);
        return header;
    }

    /// <summary>Reads a header.</summary>
    /// <returns><see langword="false"/>: it is not one of ours, or not whole.</returns>
    public static bool TryReadHeader(ReadOnlySpan<byte> file, out uint version)
    {
        version = file.Length >= HeaderBytes ? BinaryPrimitives.ReadUInt32LittleEndian(file[8..]) : 0;
        return file.Length >= HeaderBytes && file.StartsWith(Magic);
    }

    /// <summary>Reads the frame at an offset.</summary>
    public static bool TryReadFrame(ReadOnlySpan<byte> file, int at, out ReadOnlySpan<byte> payload, out long synced)
    {
        payload = default;
        synced = 0;
        if (file.Length - at < FrameBytes) return false;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(file[at..]);
        if (length is 0 or > FrameLimitBytes || length > file.Length - at - FrameBytes) return false;
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
        if (Crc32C.Of(file.Slice(at + 8, (int)length + 8)) != checksum) return false;
        synced = BinaryPrimitives.ReadInt64LittleEndian(file[(at + 8)..]);
        payload = file.Slice(at + FrameBytes, (int)length);
        return true;
    }

    /// <summary>Builds a frame.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> payload, long synced)
    {
        byte[] frame = new byte[FrameBytes + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(8), synced);
        payload.CopyTo(frame.AsSpan(FrameBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Crc32C.Of(frame.AsSpan(8)));
        return frame;
    }
}
