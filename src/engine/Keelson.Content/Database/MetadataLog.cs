using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Content;

/// <summary>The files of the metadata: <c>checkpoint-N</c> holds a whole state, <c>log-N</c> what happened since.</summary>
/// <remarks>
/// To begin generation N+1: sync <c>log-N</c>, make <c>log-(N+1)</c>, write the state to <c>checkpoint-(N+1).tmp</c>, sync and rename it, remove generation N.
/// A crash in between leaves the older checkpoint and several logs, which are read one after the other. One thread at a time appends; a checkpoint is
/// written beside that. The log has room behind its end: on a full disk removals have to be written down before they can give any back.
/// </remarks>
internal sealed class MetadataLog : IDisposable
{
    private const string LogPrefix = "log-", CheckpointPrefix = "checkpoint-", TemporarySuffix = ".tmp";
    private const int FileLimitBytes = int.MaxValue - (1 << 20);

    /// <summary>Room behind the end of the log: some thousand removals.</summary>
    private const int ReserveBytes = 256 << 10;

    private readonly string directory;
    private readonly Disk disk;
    private readonly uint version;
    private FdHandle file;
    private long generation, oldest, reserved;

    private MetadataLog(string directory, Disk disk, uint version, FdHandle file, long generation, long oldest)
    {
        this.directory = directory;
        this.disk = disk;
        this.version = version;
        this.file = file;
        this.generation = generation;
        this.oldest = oldest;
    }

    /// <summary>Bytes in the present log.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of it that are known to be on the disk.</summary>
    public long Synced { get; private set; }

    /// <summary>Whether a sync failed: what was written before it may be lost, and a later sync does not tell.</summary>
    public bool IsSyncInDoubt { get; private set; }

    /// <summary>Opens the metadata in a directory, or makes new ones in an empty directory.</summary>
    /// <param name="directory">An existing directory.</param>
    /// <param name="disk">Does the changes.</param>
    /// <param name="migrations">From the oldest version to the present one.</param>
    /// <param name="state">What they say.</param>
    /// <exception cref="KeelsonException">DataLoss: they are damaged. FailedPrecondition: they are of a later version.</exception>
    public static MetadataLog Open(string directory, Disk disk, IReadOnlyList<Migration> migrations, out MetadataState state)
    {
        uint version = migrations.Count == 0 ? LogFormat.Version : migrations[^1].From + 1;
        (SortedSet<long> logs, SortedSet<long> checkpoints) = Find(directory, disk);
        if (logs.Count == 0 && checkpoints.Count == 0)
        {
            state = MetadataState.Empty;
            return Begin(directory, disk, version, 0, 0);
        }
        long start = checkpoints.Count > 0 ? checkpoints.Max : 0, last = logs.Count > 0 ? logs.Max : -1;
        uint oldestVersion = version;
        state = MetadataState.Empty;
        if (checkpoints.Count > 0) state = ReadCheckpoint(PathOf(directory, CheckpointPrefix, start), ref oldestVersion);
        long length = 0;
        for (long number = start; number <= last || number == start; number++)
        {
            string path = PathOf(directory, LogPrefix, number);
            if (!logs.Contains(number)) throw new KeelsonException(ErrorKind.DataLoss, $"open metadata {directory}: {LogPrefix}{number} is missing");
            state = ReadLog(path, state, isLast: number == last, ref oldestVersion, out length);
        }
        MetadataLog log = length >= LogFormat.HeaderBytes ? Continue(directory, disk, version, last, start, length) : Restart(directory, disk, version, last, start);
        for (long number = Math.Min(logs.Min, checkpoints.Count > 0 ? checkpoints.Min : start); number < start; number++) log.RemoveGeneration(number);
        if (oldestVersion != version) log.Migrate(oldestVersion, migrations, ref state);
        return log;
    }

    /// <summary>Appends one frame.</summary>
    /// <param name="payload">Operations.</param>
    /// <param name="sync">Whether to wait until it is on the disk.</param>
    public void Append(ReadOnlySpan<byte> payload, bool sync)
    {
        byte[] frame = LogFormat.Frame(payload, Synced);
        Reserve();
        disk.Write(file, CurrentPath, frame);
        if (sync)
        {
            Sync();
            Synced = Length + frame.Length;
        }
        Length += frame.Length;
    }

    /// <summary>Takes back what a failed append may have left.</summary>
    public void CutToLength()
    {
        disk.SetLength(file, CurrentPath, Length);
        // With what is cut off goes what was reserved.
        reserved = 0;
        Reserve();
        Sync();
        Synced = Length;
        IsSyncInDoubt = false;
    }

    /// <summary>Tops the room behind the end up when half of it is used. Without any there is an error once something has to be written.</summary>
    private void Reserve()
    {
        if (reserved - Length < ReserveBytes / 2 && disk.TryReserve(file, Length, ReserveBytes)) reserved = Length + ReserveBytes;
    }

    /// <summary>Goes on in a new log.</summary>
    /// <returns>Its generation; a checkpoint of the state at this moment may take the place of everything older.</returns>
    public long Rotate()
    {
        Sync();
        Synced = Length;
        MetadataLog next = Begin(directory, disk, version, generation + 1, oldest);
        file.Dispose();
        (file, generation, Length, Synced, reserved) = (next.file, next.generation, next.Length, next.Synced, next.reserved);
        return generation;
    }

    /// <summary>Writes the state that <see cref="Rotate"/> was called with, and removes what is older. May run while others append.</summary>
    /// <returns>Bytes of the checkpoint.</returns>
    public long WriteCheckpoint(MetadataState state, long number)
    {
        string path = PathOf(directory, CheckpointPrefix, number), temporary = path + TemporarySuffix;
        disk.Remove(temporary);
        long length = LogFormat.HeaderBytes;
        using (FdHandle checkpoint = disk.Create(temporary))
        {
            disk.Write(checkpoint, temporary, LogFormat.Header(version));
            Operations.WriteState(state, writer =>
            {
                disk.Write(checkpoint, temporary, LogFormat.Frame(writer.Written, 0));
                length += LogFormat.FrameBytes + writer.Length;
            });
            disk.Sync(checkpoint, temporary);
        }
        disk.Rename(temporary, path);
        disk.SyncDirectory(directory);
        for (; oldest < number; oldest++) RemoveGeneration(oldest);
        return length;
    }

    /// <summary>Closes the log.</summary>
    public void Dispose() => file.Dispose();

    private void Sync()
    {
        IsSyncInDoubt = true;
        disk.Sync(file, CurrentPath);
        IsSyncInDoubt = false;
    }

    private string CurrentPath => PathOf(directory, LogPrefix, generation);

    private static (SortedSet<long> Logs, SortedSet<long> Checkpoints) Find(string directory, Disk disk)
    {
        SortedSet<long> logs = [], checkpoints = [];
        foreach (string name in Disk.List(directory))
        {
            if (name.EndsWith(TemporarySuffix, StringComparison.Ordinal)) disk.Remove(directory + "/" + name);
            else if (TryNumber(name, LogPrefix, out long log)) logs.Add(log);
            else if (TryNumber(name, CheckpointPrefix, out long checkpoint)) checkpoints.Add(checkpoint);
        }
        return (logs, checkpoints);
    }

    private static bool TryNumber(string name, string prefix, out long number)
    {
        number = 0;
        return name.StartsWith(prefix, StringComparison.Ordinal) && long.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static MetadataLog Begin(string directory, Disk disk, uint version, long number, long oldest)
    {
        string path = PathOf(directory, LogPrefix, number);
        MetadataLog log = new(directory, disk, version, disk.Create(path), number, oldest);
        try
        {
            disk.Write(log.file, path, LogFormat.Header(version));
            disk.Sync(log.file, path);
            disk.SyncDirectory(directory);
        }
        catch
        {
            log.Dispose();
            disk.Remove(path);
            throw;
        }
        log.Length = log.Synced = LogFormat.HeaderBytes;
        log.Reserve();
        return log;
    }

    private static MetadataLog Continue(string directory, Disk disk, uint version, long number, long oldest, long length)
    {
        MetadataLog log = new(directory, disk, version, disk.Open(PathOf(directory, LogPrefix, number)), number, oldest) { Length = length };
        log.CutToLength();
        return log;
    }

    // The last log has no whole header: nothing was ever acknowledged in it.
    private static MetadataLog Restart(string directory, Disk disk, uint version, long number, long oldest)
    {
        disk.Remove(PathOf(directory, LogPrefix, number));
        return Begin(directory, disk, version, number, oldest);
    }

    private void Migrate(uint from, IReadOnlyList<Migration> migrations, ref MetadataState state)
    {
        foreach (Migration migration in migrations)
            if (migration.From >= from) state = migration.Apply(state);
        WriteCheckpoint(state, Rotate());
    }

    private void RemoveGeneration(long number)
    {
        disk.Remove(PathOf(directory, CheckpointPrefix, number));
        disk.Remove(PathOf(directory, LogPrefix, number));
    }

    private static MetadataState ReadCheckpoint(string path, ref uint oldestVersion)
    {
        ReadOnlySpan<byte> file = Files.ReadAll(path, FileLimitBytes).Span;
        CheckVersion(path, file, ref oldestVersion);
        MetadataState state = MetadataState.Empty;
        for (int at = LogFormat.HeaderBytes; LogFormat.TryReadFrame(file, at, out ReadOnlySpan<byte> payload, out _); at += LogFormat.FrameBytes + payload.Length)
        {
            state = Operations.Apply(state, payload, out bool isEnd);
            if (isEnd) return state;
        }
        throw new KeelsonException(ErrorKind.DataLoss, $"read {path}: the checkpoint is damaged");
    }

    private static MetadataState ReadLog(string path, MetadataState state, bool isLast, ref uint oldestVersion, out long length)
    {
        ReadOnlySpan<byte> file = Files.ReadAll(path, FileLimitBytes).Span;
        length = 0;
        if (isLast && file.Length < LogFormat.HeaderBytes || isLast && file.IndexOfAnyExcept((byte)0) < 0) return state;
        CheckVersion(path, file, ref oldestVersion);
        int at = LogFormat.HeaderBytes;
        while (at < file.Length && LogFormat.TryReadFrame(file, at, out ReadOnlySpan<byte> payload, out _))
        {
            state = Operations.Apply(state, payload, out _);
            at += LogFormat.FrameBytes + payload.Length;
        }
        length = at;
        if (at < file.Length && (!isLast || IsLoss(file, at))) throw new KeelsonException(ErrorKind.DataLoss, $"read {path}: damaged at byte {at} of {file.Length}");
        return state;
    }

    private static bool IsLoss(ReadOnlySpan<byte> file, int damaged)
    {
        for (int at = damaged + 1; at < file.Length - LogFormat.FrameBytes; at++)
            if (LogFormat.TryReadFrame(file, at, out _, out long synced) && synced > damaged) return true;
        return false;
    }

    private static void CheckVersion(string path, ReadOnlySpan<byte> file, ref uint oldestVersion)
    {
        if (!LogFormat.TryReadHeader(file, out uint version)) throw new KeelsonException(ErrorKind.DataLoss, $"read {path}: its header is damaged");
        if (version > oldestVersion && version > LogFormat.Version)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"read {path}: it is of version {version}, which a later release wrote; this one knows {LogFormat.Version}");
        oldestVersion = Math.Min(oldestVersion, version);
    }

    private static string PathOf(string directory, string prefix, long number) => string.Create(CultureInfo.InvariantCulture, $"{directory}/{prefix}{number}");
}
