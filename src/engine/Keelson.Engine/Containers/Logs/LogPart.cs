namespace Keelson.Engine.Containers;

/// <summary>One file of a log, being read.</summary>
/// <param name="generation">Which of the log's files it is; a later one is greater.</param>
internal abstract class LogPart(long generation) : IDisposable
{
    private protected const int ReadBytes = 64 << 10;

    private byte[] buffer = new byte[ReadBytes];

    /// <inheritdoc cref="LogPart(long)"/>
    public long Generation => generation;

    /// <summary>Where the next entry begins, in bytes of lines.</summary>
    protected long Offset { get; set; }

    /// <summary>The entries from here to the file's present end.</summary>
    public IEnumerable<LogLine> Lines()
    {
        int kept = 0;
        while (true)
        {
            int count = Read(Offset + kept, buffer.AsSpan(kept));
            if (count == 0) yield break;
            int start = 0, filled = kept + count;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is var at && at >= 0)
            {
                bool isEntry = LogEntryFormat.TryRead(buffer.AsSpan(start, at), out LogLine line);
                start += at + 1;
                Offset += at + 1;
                if (isEntry) yield return line;
            }
            kept = filled - start;
            buffer.AsSpan(start, kept).CopyTo(buffer);
            // A line is never longer than its parts' limit with every byte escaped; more is no log of ours and is passed over.
            if (kept == buffer.Length && buffer.Length >= LineSplitter.LimitBytes * 64)
            {
                Offset += kept;
                kept = 0;
            }
            else if (kept == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    /// <summary>Leaves out what is written from now on.</summary>
    public abstract void Fix();

    /// <summary>Places the beginning before the last entries.</summary>
    /// <returns>How many there are, <paramref name="count"/> at most.</returns>
    public abstract int SkipToTail(int count);

    public abstract void Dispose();

    /// <summary>Reads bytes from a place; 0 at the end.</summary>
    protected abstract int Read(long at, Span<byte> bytes);
}
