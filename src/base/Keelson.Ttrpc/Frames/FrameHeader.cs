using System.Buffers.Binary;

namespace Keelson.Ttrpc;

/// <summary>The ten bytes before each message.</summary>
/// <remarks>
/// <code>
///   0               4               8      9      10
///   +---------------+---------------+------+------+---------
///   | length, u32BE | stream, u32BE | type | flags| message
///   +---------------+---------------+------+------+---------
/// </code>
/// </remarks>
/// <param name="Length">Bytes of the message, without the header.</param>
/// <param name="StreamId">Which call it belongs to. Those of clients are odd and grow.</param>
/// <param name="Type">What it carries.</param>
/// <param name="Flags">About streams.</param>
public readonly record struct FrameHeader(uint Length, uint StreamId, FrameType Type, FrameFlags Flags)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 10;

    /// <summary>Longest message that either side takes: 4 MiB, as in the reference implementation.</summary>
    public const int MaximumMessageBytes = 4 << 20;

    /// <summary>Reads a header from the first <see cref="Size"/> bytes.</summary>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]), (FrameType)bytes[8], (FrameFlags)bytes[9]);

    /// <summary>Writes the header into the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Length);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], StreamId);
        bytes[8] = (byte)Type;
        bytes[9] = (byte)Flags;
    }
}
