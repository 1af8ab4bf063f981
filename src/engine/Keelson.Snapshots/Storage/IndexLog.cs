using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

/// <summary>The file <c>index</c>: one line a change, each appended by one write(2).</summary>
/// <remarks>
/// <code>
/// 1c291ca3 {"synced":0,"next":4}
/// CRC-32C  JSON of an IndexRecord, and a newline
/// </code>
/// Each line says how much of the file was on the disk when it was written. A line that is not whole is therefore a loss of power when nothing later says
/// that it had been on the disk, and damage otherwise.
/// </remarks>
internal sealed class IndexLog : IDisposable
{
    private const int FileLimitBytes = 1 << 30, SumCharacters = 8;
    private const uint FileMode = 0b110_000_000;
    private const OpenFlags AppendFlags = OpenFlags.O_RDWR | OpenFlags.O_APPEND | OpenFlags.O_NOFOLLOW;

    private readonly string directory;
    private readonly Action<string> step;
    private readonly ArrayBufferWriter<byte> line = new(512);
    private readonly Lock syncGate = new();
    private FdHandle file;
    private long synced;
    private bool isBroken;

    private IndexLog(string directory, Action<string> step, FdHandle file, long length)
    {
        this.directory = directory;
        this.step = step;
        this.file = file;
        Length = length;
    }

    /// <summary>Bytes in the file.</summary>
    public long Length { get; private set; }

    /// <summary>Lines in the file.</summary>
    public int Lines { get; private set; }

    /// <summary>Bytes at the end that opening cut off.</summary>
    public long LostBytes { get; private init; }

    private string FilePath => directory + "/index";

    /// <summary>Opens the index in a directory, or makes an empty one.</summary>
    /// <param name="directory">An existing directory.</param>
    /// <param name="step">Called before each change of the disk.</param>
    /// <param name="apply">Takes the records in their order.</param>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static IndexLog Open(string directory, Action<string> step, Action<IndexRecord> apply)
    {
        string path = directory + "/index";
        Errno errno = Files.TryOpen(path, AppendFlags, out FdHandle? file);
        if (errno == Errno.ENOENT) errno = Files.TryOpen(path, AppendFlags | OpenFlags.O_CREAT, out file, FileMode);
        errno.ThrowIfError("open", path);
        Files.TryReadAll(file!.Fd, out ReadOnlyMemory<byte> contents, FileLimitBytes).ThrowIfError("read", path);
        ReadOnlySpan<byte> text = contents.Span;
        int at = 0, lines = 0;
        while (TryReadLine(text, at, out IndexRecord? record, out _, out int end))
        {
            apply(record!);
            at = end;
            lines++;
        }
        if (at < text.Length)
        {
            if (IsLoss(text, at)) throw new KeelsonException(ErrorKind.DataLoss, $"read {path}: damaged at byte {at} of {text.Length}");
            step("cut the index");
            Durability.TrySetLength(file.Fd, at).ThrowIfError("truncate", path);
        }
        return new IndexLog(directory, step, file, at) { Lines = lines, LostBytes = text.Length - at };
    }

    /// <summary>Appends a record. One thread at a time.</summary>
    /// <returns>The length of the file then, for <see cref="Sync"/>.</returns>
    public long Append(IndexRecord record)
    {
        if (isBroken) throw new KeelsonException(ErrorKind.DataLoss, $"write {FilePath}: an earlier write failed and could not be taken back; it has to be opened again");
        line.Clear();
        Format(record, line, Volatile.Read(ref synced));
        step("append to the index");
        Errno errno = Files.TryWrite(file.Fd, line.WrittenSpan);
        if (errno != Errno.None)
        {
            isBroken = Durability.TrySetLength(file.Fd, Length) != Errno.None;
            errno.ThrowIfError("write", FilePath);
        }
        Lines++;
        return Length += line.WrittenCount;
    }

    /// <summary>Waits until the file is on the disk up to a length. Those who wait at the same time share one sync.</summary>
    public void Sync(long length)
    {
        lock (syncGate)
        {
            if (synced >= length) return;
            long now = Length;
            step("sync the index");
            Errno errno = Durability.TrySyncData(file.Fd);
            // After a failed sync a later one may succeed without the data.
            if (errno != Errno.None) isBroken = true;
            errno.ThrowIfError("sync", FilePath);
            Volatile.Write(ref synced, now);
        }
    }

    /// <summary>Writes a new file with the rows alone and puts it in the place of the old one. No append may run beside it.</summary>
    public void Rewrite(IEnumerable<SnapshotRow> rows, long nextId)
    {
        string temporary = FilePath + ".new";
        lock (syncGate)
        {
            ArrayBufferWriter<byte> text = new(64 << 10);
            Format(new(null, null, nextId), text, 0);
            int lines = 1;
            foreach (SnapshotRow row in rows)
            {
                Format(new(null, row), text, 0);
                lines++;
            }
            step("write the new index");
            _ = Files.TryUnlink(temporary);
            FdHandle next = Files.Open(temporary, AppendFlags | OpenFlags.O_CREAT | OpenFlags.O_EXCL, FileMode);
            try
            {
                Files.TryWrite(next.Fd, text.WrittenSpan).ThrowIfError("write", temporary);
                Durability.TrySyncData(next.Fd).ThrowIfError("sync", temporary);
                step("put the new index in place");
                Files.TryRename(temporary, FilePath).ThrowIfError("rename", temporary);
            }
            catch
            {
                next.Dispose();
                throw;
            }
            file.Dispose();
            (file, Length, Lines, synced) = (next, text.WrittenCount, lines, text.WrittenCount);
            using FdHandle parent = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            Durability.TrySync(parent.Fd).ThrowIfError("sync", directory);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static void Format(IndexRecord record, ArrayBufferWriter<byte> output, long synced)
    {
        int start = output.WrittenCount;
        output.Write("00000000 "u8);
        record.Write(output, synced);
        output.Write("\n"u8);
        Span<byte> written = System.Runtime.InteropServices.MemoryMarshal.AsMemory(output.WrittenMemory).Span[start..];
        Crc32C.Of(written[(SumCharacters + 1)..^1]).TryFormat(written, out _, "x8", CultureInfo.InvariantCulture);
    }

    private static bool TryReadLine(ReadOnlySpan<byte> text, int at, out IndexRecord? record, out long synced, out int end)
    {
        (record, synced, end) = (null, 0, at);
        int length = text[at..].IndexOf((byte)'\n');
        if (length <= SumCharacters + 1) return false;
        ReadOnlySpan<byte> whole = text.Slice(at, length), json = whole[(SumCharacters + 1)..];
        if (!uint.TryParse(Encoding.ASCII.GetString(whole[..SumCharacters]), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint sum) || sum != Crc32C.Of(json)) return false;
        try
        {
            record = IndexRecord.Read(json, out synced);
        }
        catch (JsonException)
        {
            // The sum holds, so a later release wrote it in another form; that is no line of ours.
            return false;
        }
        end = at + length + 1;
        return true;
    }

    private static bool IsLoss(ReadOnlySpan<byte> text, int damaged)
    {
        for (int at = damaged; at < text.Length;)
        {
            int newline = text[at..].IndexOf((byte)'\n');
            if (newline < 0) return false;
            at += newline + 1;
            if (at < text.Length && TryReadLine(text, at, out _, out long synced, out _) && synced > damaged) return true;
        }
        return false;
    }
}
