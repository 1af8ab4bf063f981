namespace Keelson.Ttrpc;

/// <summary>Cuts a stream of bytes into frames.</summary>
/// <remarks>A message that is too long is skipped while it arrives, so that it takes no memory and the frames after it are still read.</remarks>
public sealed class FrameReader
{
    private readonly ByteQueue received = new();
    private uint skipped;

    /// <summary>Bytes of an incomplete frame that wait here.</summary>
    public int Waiting => received.Count;

    /// <summary>Adds bytes as they came from the socket.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        int skip = (int)Math.Min(skipped, (uint)bytes.Length);
        skipped -= (uint)skip;
        received.Add(bytes[skip..]);
    }

    /// <summary>Takes the next complete frame. Its message is a copy and stays valid.</summary>
    /// <returns>Whether there is one.</returns>
    public bool TryTake(out Frame frame)
    {
        frame = default;
        if (received.Count < FrameHeader.Size) return false;
        FrameHeader header = FrameHeader.Read(received.Waiting.Span);
        if (header.Length > FrameHeader.MaximumMessageBytes)
        {
            received.Remove(FrameHeader.Size);
            int here = (int)Math.Min(header.Length, (uint)received.Count);
            received.Remove(here);
            skipped = header.Length - (uint)here;
            frame = new Frame(header, default);
            return true;
        }
        int length = FrameHeader.Size + (int)header.Length;
        if (received.Count < length) return false;
        frame = new Frame(header, received.Waiting[FrameHeader.Size..length].ToArray());
        received.Remove(length);
        return true;
    }
}
