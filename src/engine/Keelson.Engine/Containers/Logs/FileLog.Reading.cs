using System.Runtime.CompilerServices;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

internal sealed partial class FileLog
{
    private const int ReadBytes = 64 << 10;

    /// <inheritdoc/>
    public IAsyncEnumerable<LogLine> ReadAsync(LogOptions options, Task ended, CancellationToken cancel = default) => ReadAsync(null, options, ended, cancel);

    /// <inheritdoc/>
    public IAsyncEnumerator<LogLine> Snapshot(LogOptions options)
    {
        List<Part> parts = Open(out _, out _);
        foreach (Part part in parts) part.Fix();
        return ReadAsync(parts, options with { Follow = false }, Task.CompletedTask, default).GetAsyncEnumerator();
    }

    private async IAsyncEnumerable<LogLine> ReadAsync(List<Part>? opened, LogOptions options, Task ended, [EnumeratorCancellation] CancellationToken cancel)
    {
        long last = 0;
        bool isLast = false;
        Task change = Task.CompletedTask;
        List<Part> parts = opened ?? Open(out last, out change);
        try
        {
            if (options.Tail is { } tail) SkipToTail(parts, Math.Max(tail, 0));
            while (true)
            {
                foreach (Part part in parts)
                    foreach (LogLine line in part.Lines())
                    {
                        cancel.ThrowIfCancellationRequested();
                        // Times only grow, so nothing before the end is missed.
                        if (options.Until is { } until && line.At > until) yield break;
                        if (options.Since is { } since && line.At < since) continue;
                        if (line.Stream == StandardStream.Error ? options.Stderr : options.Stdout) yield return line;
                    }
                if (!options.Follow) yield break;
                if (isLast) yield break;
                if (options.Until is { } end && time.GetUtcNow() >= end) yield break;
                // What came between the last look at the files and the end is read in one more round.
                isLast = ended.IsCompleted;
                if (!isLast && !change.IsCompleted) await WaitAsync(change, ended, options.Until, cancel).ConfigureAwait(false);
                Advance(parts, ref last, out change);
            }
        }
        finally
        {
            foreach (Part part in parts) part.Dispose();
        }
    }

    private async Task WaitAsync(Task change, Task ended, DateTimeOffset? until, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task late = until is { } end ? Task.Delay(end - time.GetUtcNow() is { Ticks: > 0 } rest ? rest : TimeSpan.Zero, time, limit.Token) : Task.Delay(Timeout.InfiniteTimeSpan, time, limit.Token);
        await Task.WhenAny(change, ended, late).ConfigureAwait(false);
        await limit.CancelAsync().ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
    }

    private List<Part> Open(out long last, out Task change)
    {
        lock (gate)
        {
            List<Part> parts = [];
            for (int i = Policy.Files - 1; i >= 0; i--)
                if (Files.TryOpen(Name(i), OpenFlags.O_RDONLY, out FdHandle? handle) == Errno.None) parts.Add(new(handle!, generation - i));
            last = generation;
            change = Changes();
            return parts;
        }
    }

    /// <summary>Goes on after all parts were read: reads the rest of the present one again, and those that came after it.</summary>
    private void Advance(List<Part> parts, ref long last, out Task change)
    {
        lock (gate)
        {
            long from = parts.Count == 0 ? last : parts[^1].Generation + 1;
            while (parts.Count > 1)
            {
                parts[0].Dispose();
                parts.RemoveAt(0);
            }
            for (long next = from; next <= generation; next++)
                if (Files.TryOpen(Name((int)(generation - next)), OpenFlags.O_RDONLY, out FdHandle? handle) == Errno.None) parts.Add(new(handle!, next));
            last = generation;
            change = Changes();
        }
    }

    private Task Changes() => (changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Moves the beginning so that the last entries are left.</summary>
    private static void SkipToTail(List<Part> parts, int count)
    {
        for (int i = parts.Count - 1; i >= 0; i--)
        {
            count -= parts[i].SkipToTail(count);
            if (count > 0) continue;
            for (; i > 0; i--)
            {
                parts[0].Dispose();
                parts.RemoveAt(0);
            }
            return;
        }
    }

    /// <summary>One file of the log, being read.</summary>
    private sealed class Part(FdHandle file, long generation) : IDisposable
    {
        private byte[] buffer = new byte[ReadBytes];
        private long offset, end = long.MaxValue;

        /// <summary>Leaves out what is written from now on.</summary>
        public void Fix() => end = Files.TryStatus(file.Fd, out FileStatus status) == Errno.None ? status.Size : 0;

        public long Generation => generation;

        /// <summary>The entries from here to the file's present end.</summary>
        public IEnumerable<LogLine> Lines()
        {
            int kept = 0;
            while (true)
            {
                int room = (int)Math.Min(buffer.Length - kept, end - offset - kept);
                Files.TryReadAt(file.Fd, offset + kept, buffer.AsSpan(kept, room), out int count).ThrowIfError("read log");
                if (count == 0) yield break;
                int start = 0, filled = kept + count;
                while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is var at && at >= 0)
                {
                    bool isEntry = LogEntryFormat.TryRead(buffer.AsSpan(start, at), out LogLine line);
                    start += at + 1;
                    offset += at + 1;
                    if (isEntry) yield return line;
                }
                kept = filled - start;
                buffer.AsSpan(start, kept).CopyTo(buffer);
                // A line is never longer than its parts' limit with every byte escaped; more is no log of ours and is passed over.
                if (kept == buffer.Length && buffer.Length >= LineSplitter.LimitBytes * 64)
                {
                    offset += kept;
                    kept = 0;
                }
                else if (kept == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        /// <summary>Places the beginning before the last entries.</summary>
        /// <returns>How many there are.</returns>
        public int SkipToTail(int count)
        {
            Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("stat log");
            long at = offset = status.Size;
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
                    offset = at - piece + i + 1;
                    return found;
                }
                at -= piece;
            }
            if (count > 0 && status.Size > 0) found++;
            if (count > 0) offset = 0;
            return Math.Min(found, count);
        }

        public void Dispose() => file.Dispose();
    }
}
