using System.Buffers;
using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>The log of a container in files of lines in JSON, the newest written, older ones renamed.</summary>
/// <remarks>
/// <code>
///   ID-json.log      generation G, written
///   ID-json.log.1    generation G-1
///   ID-json.log.2    generation G-2; ID-json.log.2.gz where it is compressed
/// </code>
/// Files are renamed under the lock that readers open them under, and a reader keeps its file open: it reads a renamed one to its end and goes on in the next.
/// </remarks>
internal sealed partial class FileLog : IContainerLog
{
    private readonly Lock gate = new();
    private readonly string path;
    private readonly TimeProvider time;
    private readonly byte[] attributes;
    private readonly LineSplitter output = new(), error = new();
    private readonly ArrayBufferWriter<byte> batch = new();
    private TaskCompletionSource? changed;
    private FdHandle? file;
    private long length, generation;
    private bool isOpened;

    /// <summary>Makes a log. Its file is opened with the first line.</summary>
    /// <param name="path">The newest file.</param>
    /// <param name="policy">How it is kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="attributes">An object in JSON that goes into each line; empty for none.</param>
    public FileLog(string path, LogPolicy policy, TimeProvider time, byte[]? attributes = null)
    {
        this.path = path;
        this.time = time;
        this.attributes = attributes ?? [];
        Policy = policy;
    }

    /// <inheritdoc/>
    public LogPolicy Policy { get; }

    /// <inheritdoc/>
    public string? Failure { get; private set; }

    /// <inheritdoc/>
    public bool HasRoom => true;

    /// <inheritdoc/>
    public void Check()
    {
        // A full disk loses lines and hinders no start.
    }

    /// <inheritdoc/>
    public void Append(StandardStream stream, ReadOnlySpan<byte> bytes)
    {
        if (!Policy.Keeps) return;
        lock (gate)
        {
            byte[] now = LogEntryFormat.Time(time.GetUtcNow());
            (stream == StandardStream.Error ? error : output).Add(bytes, line => Add(stream, line, now));
            WriteBatch();
        }
    }

    /// <summary>Writes what has no line feed, and closes the file.</summary>
    public void Finish()
    {
        if (!Policy.Keeps) return;
        lock (gate)
        {
            byte[] now = LogEntryFormat.Time(time.GetUtcNow());
            output.Finish(line => Add(StandardStream.Output, line, now));
            error.Finish(line => Add(StandardStream.Error, line, now));
            WriteBatch();
            file?.Dispose();
            file = null;
        }
    }

    /// <inheritdoc/>
    public byte[] Pending(StandardStream stream)
    {
        lock (gate) return (stream == StandardStream.Error ? error : output).Pending.ToArray();
    }

    /// <summary>Names of all files of the log, the newest first.</summary>
    public IEnumerable<string> Names => Enumerable.Range(0, Math.Max(Policy.Files, 1)).SelectMany(age => Policy.Compresses && age > 0 ? new[] { Name(age), CompressedName(age) } : [Name(age)]);

    public void Dispose()
    {
        Finish();
        StopCompressing();
    }

    private void Add(StandardStream stream, ReadOnlySpan<byte> line, byte[] now)
    {
        LogEntryFormat.Write(batch, line, stream, attributes, now);
        if (Policy.LimitBytes <= 0 || length + batch.WrittenCount < Policy.LimitBytes) return;
        WriteBatch();
        if (length >= Policy.LimitBytes) Rotate();
    }

    private void WriteBatch()
    {
        if (batch.WrittenCount == 0) return;
        Errno errno = TryOpen();
        if (errno == Errno.None) errno = Files.TryWrite(file!.Fd, batch.WrittenSpan);
        if (errno == Errno.None) length += batch.WrittenCount;
        else
        {
            Failure = $"write log {path}: {errno.Describe()}";
            // A part of it may have been written; it must not spoil the next line.
            if (file is not null) _ = Files.TrySetLength(file.Fd, length);
        }
        batch.ResetWrittenCount();
        Wake();
    }

    private Errno TryOpen()
    {
        if (file is not null) return Errno.None;
        Errno errno = Files.TryOpen(path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND, out file, 0b110_100_000);
        if (errno != Errno.None) return errno;
        Measure();
        return Errno.None;
    }

    // What a daemon that was killed had not written whole ends with the next line feed, and is passed over by readers.
    private void Measure()
    {
        if (isOpened) return;
        isOpened = true;
        CompressLeft();
        length = Files.TryStatus(file!.Fd, out FileStatus status) == Errno.None ? status.Size : 0;
        if (length == 0 || Files.TryOpen(path, OpenFlags.O_RDONLY, out FdHandle? reading) != Errno.None) return;
        using (reading)
        {
            byte[] last = new byte[1];
            if (Files.TryReadAt(reading!.Fd, length - 1, last, out int count) == Errno.None && count == 1 && last[0] != (byte)'\n' && Files.TryWrite(file.Fd, "\n"u8) == Errno.None) length++;
        }
    }

    private void Rotate()
    {
        file?.Dispose();
        file = null;
        Errno errno = Errno.None;
        if (Policy.Compresses) errno = MakeRoom();
        for (int i = Policy.Files - 1; i > 0 && errno is Errno.None or Errno.ENOENT; i--) errno = Files.TryRename(Name(i - 1), Name(i));
        // With one file alone its readers still have it open, and go on in the new one.
        if (Policy.Files == 1) errno = Files.TryUnlink(path);
        if (errno is not (Errno.None or Errno.ENOENT)) Failure = $"rotate log {path}: {errno.Describe()}";
        else
        {
            generation++;
            length = 0;
            if (Policy.Compresses) Compress(generation - 1);
        }
    }

    private void Wake()
    {
        changed?.TrySetResult();
        changed = null;
    }

    private string Name(int age) => age == 0 ? path : path + "." + age.ToString(CultureInfo.InvariantCulture);
}
