using System.IO.Compression;
using Keelson.Linux;

namespace Keelson.Engine.Containers;

/// <summary>A compressed file of lines, to which nothing is written any more.</summary>
internal sealed class CompressedLogPart : LogPart
{
    private readonly FileStream file;
    private GZipStream lines;
    private long position;

    /// <summary>Opens it.</summary>
    /// <param name="handle">The file; it belongs to the part.</param>
    /// <param name="generation">Which of the log's files it is.</param>
    public CompressedLogPart(FdHandle handle, long generation) : base(generation)
    {
        file = new(handle.ToSafeFileHandle(), FileAccess.Read, bufferSize: 0);
        lines = Begin();
    }

    public override void Fix()
    {
        // It is whole.
    }

    public override int SkipToTail(int count)
    {
        Queue<long> starts = new();
        byte[] buffer = new byte[ReadBytes];
        long at = 0;
        bool isAtStart = true;
        while (Read(at, buffer) is > 0 and int read)
        {
            for (int i = 0; i < read; i++)
            {
                if (isAtStart) starts.Enqueue(at + i);
                if (starts.Count > count) starts.Dequeue();
                isAtStart = buffer[i] == (byte)'\n';
            }
            at += read;
        }
        Offset = starts.TryPeek(out long first) ? first : at;
        return starts.Count;
    }

    public override void Dispose()
    {
        lines.Dispose();
        file.Dispose();
    }

    protected override int Read(long at, Span<byte> bytes)
    {
        try
        {
            if (at < position)
            {
                lines.Dispose();
                lines = Begin();
            }
            while (position < at)
            {
                int skipped = lines.Read(bytes[..(int)Math.Min(bytes.Length, at - position)]);
                if (skipped == 0) return 0;
                position += skipped;
            }
            int count = lines.Read(bytes);
            position += count;
            return count;
        }
        catch (InvalidDataException e)
        {
            throw new KeelsonException(ErrorKind.DataLoss, "read log: a compressed file of it is damaged", e);
        }
    }

    private GZipStream Begin()
    {
        file.Position = position = 0;
        return new(file, CompressionMode.Decompress, leaveOpen: true);
    }
}
