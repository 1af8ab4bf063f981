using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Keelson.Registry.Events;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Notifications;

/// <summary>Events that wait, in files of a store: once, however many readers there are, each of which has a place of its own.</summary>
/// <remarks>
/// What was added outlives the process; a loss of power may take the last seconds of it. Each start begins a new file, so that nothing is ever written behind
/// what a crash has cut off. A file goes when all readers are past it, or when the queue is too long and it is the oldest.
/// <code>
/// FOLDER/0000000012.log     frames: length, crc32c (low byte first), then "ACTION MEDIATYPE\n" and the event as JSON
/// FOLDER/READER.at          "FILE OFFSET", what the reader has done with
/// </code>
/// </remarks>
internal sealed class EventQueue : IAsyncDisposable
{
    private const int FrameBytes = 8, ReadBytes = 256 << 10, PositionLimitBytes = 64;
    private const string FileSuffix = ".log", PositionSuffix = ".at";

    private readonly IStorageDriver driver;
    private readonly string folder;
    private readonly long limit, fileLimit;
    private readonly SemaphoreSlim gate = new(1, 1);
    /// <summary>Files with their lengths, the oldest first; the last one is appended to.</summary>
    private readonly SortedDictionary<long, long> files = [];
    private readonly Dictionary<string, QueuePosition> readers = new(StringComparer.Ordinal);
    /// <summary>Readers that events were taken from which they have not read, and who have not been told yet.</summary>
    private readonly HashSet<string> robbed = new(StringComparer.Ordinal);
    private IStorageWriter? writer;
    private readonly Pulse added = new();

    private EventQueue(IStorageDriver driver, string folder, long limitBytes)
    {
        (this.driver, this.folder, limit) = (driver, folder, limitBytes);
        fileLimit = Math.Clamp(limitBytes / 8, 64 << 10, 4 << 20);
    }

    /// <summary>Bytes that wait for the reader who is furthest behind.</summary>
    public long PendingBytes
    {
        get
        {
            gate.Wait();
            try
            {
                QueuePosition least = readers.Count == 0 ? End : readers.Values.Min();
                return files.Where(file => file.Key >= least.File).Sum(file => file.Value) - (files.ContainsKey(least.File) ? least.Offset : 0);
            }
            finally
            {
                gate.Release();
            }
        }
    }

    private QueuePosition End => new(files.Keys.Last(), files.Values.Last());

    /// <summary>Opens a queue.</summary>
    /// <param name="driver">Where it lies.</param>
    /// <param name="folder">In which folder; it is the queue's alone.</param>
    /// <param name="readers">Who reads it. What was kept for others goes; a new one begins with what comes next.</param>
    /// <param name="limitBytes">Most bytes that wait.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<EventQueue> OpenAsync(IStorageDriver driver, string folder, IReadOnlyCollection<string> readers, long limitBytes, CancellationToken cancel)
    {
        EventQueue queue = new(driver, folder, limitBytes);
        Dictionary<string, QueuePosition> known = new(StringComparer.Ordinal);
        foreach (string name in await driver.ListAsync(folder, cancel).ConfigureAwait(false))
        {
            string path = $"{folder}/{name}";
            if (name.EndsWith(FileSuffix, StringComparison.Ordinal) && long.TryParse(name[..^FileSuffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                queue.files[number] = (await driver.FindAsync(path, cancel).ConfigureAwait(false))?.Length ?? 0;
            else if (!name.EndsWith(PositionSuffix, StringComparison.Ordinal) || !readers.Contains(name[..^PositionSuffix.Length]))
                await driver.RemoveAsync(path, cancel).ConfigureAwait(false);
            else if (await driver.ReadAsync(path, PositionLimitBytes, cancel).ConfigureAwait(false) is { } text && QueuePosition.TryParse(Encoding.ASCII.GetString(text.Span), out QueuePosition position))
                known[name[..^PositionSuffix.Length]] = position;
        }
        long next = queue.files.Count == 0 ? 1 : queue.files.Keys.Last() + 1;
        await queue.BeginFileAsync(Math.Max(next, known.Count == 0 ? 1 : known.Values.Max().File + 1)).ConfigureAwait(false);
        foreach (string reader in readers)
        {
            bool isKnown = known.TryGetValue(reader, out QueuePosition position);
            queue.readers[reader] = isKnown ? position : queue.End;
            if (!isKnown) await queue.SaveAsync(reader).ConfigureAwait(false);
        }
        await queue.RemoveReadAsync().ConfigureAwait(false);
        return queue;
    }

    /// <summary>Adds an event.</summary>
    public async ValueTask AddAsync(QueuedEvent happened)
    {
        byte[] frame = Frame(happened);
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (End.Offset + frame.Length > fileLimit && End.Offset > 0) await BeginFileAsync(End.File + 1).ConfigureAwait(false);
            await writer!.WriteAsync(frame).ConfigureAwait(false);
            await writer.FlushAsync().ConfigureAwait(false);
            files[End.File] = writer.Length;
            while (files.Count > 1 && files.Values.Sum() > limit) await DropAsync(files.Keys.First()).ConfigureAwait(false);
            added.Beat();
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Waits until a reader has something to read, and reads some of it.</summary>
    /// <param name="reader">Who.</param>
    /// <param name="limit">So many events at most.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The events; the place behind them, for <see cref="DoneAsync"/>; and whether some before them are lost, since the queue was too long or its file was damaged.</returns>
    public async Task<(IReadOnlyList<QueuedEvent> Events, QueuePosition Next, bool IsLossy)> ReadAsync(string reader, int limit, CancellationToken cancel)
    {
        QueuePosition? reached = null;
        bool isLossy = false;
        while (true)
        {
            QueuePosition at, end;
            long length;
            Task more;
            await gate.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                isLossy |= robbed.Remove(reader);
                (at, end, more) = (readers[reader], End, added.Next);
                if (reached > at) at = reached.Value;
                // Files go when all have read them.
                if (!files.TryGetValue(at.File, out length)) (at, length) = (new(files.Keys.First(), 0), files.Values.First());
            }
            finally
            {
                gate.Release();
            }
            if (at >= end)
            {
                await more.WaitAsync(cancel).ConfigureAwait(false);
                continue;
            }
            (List<QueuedEvent> events, long offset) = await ReadFileAsync(at, limit, cancel).ConfigureAwait(false);
            if (events.Count > 0) return (events, new(at.File, offset), isLossy);
            // The end of a file; or what a crash has cut off, which nobody will ever make whole.
            isLossy |= offset < length;
            reached = at.File == end.File ? end : new(at.File + 1, 0);
        }
    }

    /// <summary>Says that a reader has done with everything before a place.</summary>
    public async Task DoneAsync(string reader, QueuePosition position)
    {
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (position > readers[reader]) readers[reader] = position;
            await SaveAsync(reader).ConfigureAwait(false);
            await RemoveReadAsync().ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (writer is not null) await writer.DisposeAsync().ConfigureAwait(false);
        gate.Dispose();
    }

    private static byte[] Frame(QueuedEvent happened)
    {
        byte[] head = Encoding.UTF8.GetBytes($"{happened.Action.Name} {happened.MediaType}\n");
        byte[] frame = new byte[FrameBytes + head.Length + happened.Json.Length];
        Span<byte> content = frame.AsSpan(FrameBytes);
        head.CopyTo(content);
        happened.Json.Span.CopyTo(content[head.Length..]);
        BinaryPrimitives.WriteInt32LittleEndian(frame, content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Crc32C.Of(content));
        return frame;
    }

    /// <summary>Reads whole frames from a place on.</summary>
    /// <returns>Them, and where the next one begins; none at the end of the file or at a damaged frame.</returns>
    private async Task<(List<QueuedEvent> Events, long Offset)> ReadFileAsync(QueuePosition at, int limit, CancellationToken cancel)
    {
        List<QueuedEvent> events = [];
        await using IStorageReader? file = await driver.OpenAsync(PathOf(at.File), cancel).ConfigureAwait(false);
        if (file is null) return (events, at.Offset);
        byte[] head = new byte[FrameBytes];
        long offset = at.Offset, bytes = 0;
        while (events.Count < limit && bytes < ReadBytes && await FillAsync(file, offset, head, cancel).ConfigureAwait(false))
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(head);
            if (length <= 0 || length > file.Length - offset - FrameBytes) break;
            byte[] content = new byte[length];
            if (!await FillAsync(file, offset + FrameBytes, content, cancel).ConfigureAwait(false) || Crc32C.Of(content) != BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4))) break;
            int end = Array.IndexOf(content, (byte)'\n'), space = Array.IndexOf(content, (byte)' ');
            if (space < 0 || end < space || !EventActions.TryParse(Encoding.ASCII.GetString(content, 0, space), out EventAction action)) break;
            events.Add(new(action, Encoding.UTF8.GetString(content, space + 1, end - space - 1), content.AsMemory(end + 1)));
            offset += FrameBytes + length;
            bytes += length;
        }
        return (events, offset);
    }

    private static async Task<bool> FillAsync(IStorageReader file, long offset, Memory<byte> buffer, CancellationToken cancel)
    {
        int filled = 0;
        for (int count; filled < buffer.Length && (count = await file.ReadAsync(offset + filled, buffer[filled..], cancel).ConfigureAwait(false)) > 0; filled += count)
        {
        }
        return filled == buffer.Length;
    }

    private async Task BeginFileAsync(long number)
    {
        if (writer is not null) await writer.DisposeAsync().ConfigureAwait(false);
        writer = await driver.AppendAsync(PathOf(number)).ConfigureAwait(false);
        files[number] = writer.Length;
    }

    private async Task RemoveReadAsync()
    {
        QueuePosition least = readers.Count == 0 ? End : readers.Values.Min();
        while (files.Count > 1 && files.Keys.First() is var oldest && (oldest < least.File || oldest == least.File && least.Offset >= files[oldest])) await RemoveFileAsync(oldest).ConfigureAwait(false);
    }

    /// <summary>Removes a file that some have not read.</summary>
    private async Task DropAsync(long number)
    {
        foreach ((string reader, QueuePosition position) in readers.ToList())
        {
            if (position.File > number) continue;
            readers[reader] = new(number + 1, 0);
            robbed.Add(reader);
        }
        await RemoveFileAsync(number).ConfigureAwait(false);
    }

    private async Task RemoveFileAsync(long number)
    {
        await driver.RemoveAsync(PathOf(number)).ConfigureAwait(false);
        files.Remove(number);
    }

    private ValueTask SaveAsync(string reader) => driver.WriteAsync($"{folder}/{reader}{PositionSuffix}", Encoding.ASCII.GetBytes(readers[reader].ToString()));

    private string PathOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{folder}/{number:D10}{FileSuffix}");
}
