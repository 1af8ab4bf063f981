using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>A file of lines, which may be written meanwhile.</summary>
/// <param name="file">The file; it belongs to the part.</param>
/// <param name="generation">Which of the log's files it is.</param>
internal sealed class PlainLogPart(FdHandle file, long generation) : LogPart(generation)
{
    private long end = long.MaxValue;

    public override void Fix() => end = Files.TryStatus(file.Fd, out FileStatus status) == Errno.None ? status.Size : 0;

    public override int SkipToTail(int count)
    {
        Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("stat log");
        long at = Offset = status.Size;
        byte[] buffer = new byte[ReadBytes];
        int found = 0;
        while (at > 0 && count > 0)
        {
            int piece = (int)Math.Min(at, buffer.Length);
            Files.TryReadAt(file.Fd, at - piece, buffer.AsSpan(0, piece), out int read).ThrowIfError("read log");
            for (int i = Math.Min(piece, read) - 1; i >= 0; i--)
            {
                // The line feed at the very end closes the last entry and begins none.
                if (buffer[i] != (byte)'\n' || at - piece + i == status.Size - 1) continue;
                if (++found < count) continue;
                Offset = at - piece + i + 1;
                return found;
            }
            at -= piece;
        }
        if (count > 0 && status.Size > 0) found++;
        if (count > 0) Offset = 0;
        return Math.Min(found, count);
    }

    public override void Dispose() => file.Dispose();

    protected override int Read(long at, Span<byte> bytes)
    {
        Files.TryReadAt(file.Fd, at, bytes[..(int)Math.Clamp(end - at, 0, bytes.Length)], out int count).ThrowIfError("read log");
        return count;
    }
}
