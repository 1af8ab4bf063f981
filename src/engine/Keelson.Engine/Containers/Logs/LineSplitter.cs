namespace Keelson.Engine.Containers;

/// <summary>Cuts a stream of bytes into lines, and lines that are too long into parts.</summary>
internal sealed class LineSplitter
{
    /// <summary>Longest part without its line feed, in bytes, as docker.</summary>
    public const int LimitBytes = 16 << 10;

    private byte[] pending = [];
    private int length;

    /// <summary>What has no line feed yet.</summary>
    public ReadOnlySpan<byte> Pending => pending.AsSpan(0, length);

    /// <summary>Takes bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="line">Gets each line with its line feed, and parts of long ones without.</param>
    public void Add(ReadOnlySpan<byte> bytes, Action<ReadOnlySpan<byte>> line)
    {
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            int room = LimitBytes - length;
            // A line feed right behind the limit still belongs to the part.
            if (end >= 0 && end <= room)
            {
                Give(bytes[..(end + 1)], line);
                bytes = bytes[(end + 1)..];
            }
            else if (bytes.Length >= room)
            {
                Give(bytes[..room], line);
                bytes = bytes[room..];
            }
            else
            {
                Keep(bytes);
                return;
            }
        }
    }

    /// <summary>Gives what is left.</summary>
    public void Finish(Action<ReadOnlySpan<byte>> line)
    {
        if (length > 0) line(Pending);
        length = 0;
        pending = [];
    }

    private void Give(ReadOnlySpan<byte> bytes, Action<ReadOnlySpan<byte>> line)
    {
        if (length == 0)
        {
            line(bytes);
            return;
        }
        Keep(bytes);
        line(Pending);
        length = 0;
        if (pending.Length > 1024) pending = [];
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (pending.Length < length + bytes.Length) Array.Resize(ref pending, Math.Max(length + bytes.Length, Math.Min(pending.Length * 2, LimitBytes + 1)));
        bytes.CopyTo(pending.AsSpan(length));
        length += bytes.Length;
    }
}
