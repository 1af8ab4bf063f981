using System.Runtime.CompilerServices;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

internal sealed partial class FileLog
{
    /// <inheritdoc/>
    public IAsyncEnumerable<LogLine> ReadAsync(LogOptions options, Task ended, CancellationToken cancel = default) => ReadAsync(null, options, ended, cancel);

    /// <inheritdoc/>
    public IAsyncEnumerator<LogLine> Snapshot(LogOptions options)
    {
        List<LogPart> parts = Open(out _, out _);
        foreach (LogPart part in parts) part.Fix();
        return ReadAsync(parts, options with { Follow = false }, Task.CompletedTask, default).GetAsyncEnumerator();
    }

    private async IAsyncEnumerable<LogLine> ReadAsync(List<LogPart>? opened, LogOptions options, Task ended, [EnumeratorCancellation] CancellationToken cancel)
    {
        long last = 0;
        bool isLast = false;
        Task change = Task.CompletedTask;
        List<LogPart> parts = opened ?? Open(out last, out change);
        try
        {
            if (options.Tail is { } tail) SkipToTail(parts, Math.Max(tail, 0));
            while (true)
            {
                foreach (LogPart part in parts)
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
            foreach (LogPart part in parts) part.Dispose();
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

    private List<LogPart> Open(out long last, out Task change)
    {
        lock (gate)
        {
            List<LogPart> parts = [];
            for (int i = Policy.Files - 1; i >= 0; i--)
                if (TryOpenPart(i) is { } part) parts.Add(part);
            last = generation;
            change = Changes();
            return parts;
        }
    }

    /// <summary>Goes on after all parts were read: reads the rest of the present one again, and those that came after it.</summary>
    private void Advance(List<LogPart> parts, ref long last, out Task change)
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
                if (TryOpenPart((int)(generation - next)) is { } part) parts.Add(part);
            last = generation;
            change = Changes();
        }
    }

    private LogPart? TryOpenPart(int age)
    {
        // A file that is being compressed has both names for a moment, and the same in both.
        if (Files.TryOpen(Name(age), OpenFlags.O_RDONLY, out FdHandle? handle) == Errno.None) return new PlainLogPart(handle!, generation - age);
        return age > 0 && Files.TryOpen(CompressedName(age), OpenFlags.O_RDONLY, out handle) == Errno.None ? new CompressedLogPart(handle!, generation - age) : null;
    }

    private Task Changes() => (changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Moves the beginning so that the last entries are left.</summary>
    private static void SkipToTail(List<LogPart> parts, int count)
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
}
