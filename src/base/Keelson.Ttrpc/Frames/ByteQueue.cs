namespace Keelson.Ttrpc;

/// <summary>Bytes that wait: they are added at the end and taken from the beginning. Holds no memory when it is empty and was large.</summary>
public sealed class ByteQueue
{
    private const int KeptBytes = 4096;
    private byte[] buffer = [];
    private int start, end;

    /// <summary>How many bytes wait.</summary>
    public int Count => end - start;

    /// <summary>The bytes that wait; valid until the next change.</summary>
    public ReadOnlyMemory<byte> Waiting => buffer.AsMemory(start, Count);

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        end += bytes.Length;
    }

    /// <summary>Adds a frame.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the message is too long.</exception>
    public void AddFrame(uint streamId, FrameType type, FrameFlags flags, ReadOnlySpan<byte> message)
    {
        if (message.Length > FrameHeader.MaximumMessageBytes)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"send ttrpc message: {message.Length} bytes are more than {FrameHeader.MaximumMessageBytes}");
        Span<byte> room = Reserve(FrameHeader.Size + message.Length);
        new FrameHeader((uint)message.Length, streamId, type, flags).Write(room);
        message.CopyTo(room[FrameHeader.Size..]);
        end += FrameHeader.Size + message.Length;
    }

    /// <summary>Takes bytes away from the beginning.</summary>
    /// <param name="count">At most <see cref="Count"/>.</param>
    public void Remove(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        start += count;
        if (start < end) return;
        start = end = 0;
        if (buffer.Length > KeptBytes) buffer = [];
    }

    private Span<byte> Reserve(int count)
    {
        if (buffer.Length - end < count)
        {
            byte[] target = Count + count <= buffer.Length ? buffer : new byte[Math.Max(Count + count, Math.Min(buffer.Length * 2, FrameHeader.MaximumMessageBytes))];
            buffer.AsSpan(start, Count).CopyTo(target);
            (buffer, start, end) = (target, 0, Count);
        }
        return buffer.AsSpan(end, count);
    }
}
