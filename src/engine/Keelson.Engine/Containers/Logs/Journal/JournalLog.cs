using System.Buffers;

namespace Keelson.Engine.Containers;

/// <summary>The log of a container in systemd's journal, with the fields that docker's driver gives.</summary>
internal sealed class JournalLog : IContainerLog
{
    private readonly Lock gate = new();
    private readonly JournalSender journal;
    private readonly JournalReader reader;
    private readonly LineSplitter output = new(), error = new();
    private readonly byte[] fields;
    private readonly TimeProvider time;
    private readonly ArrayBufferWriter<byte> message = new();

    /// <summary>Makes the log of a container.</summary>
    /// <param name="info">The container.</param>
    /// <param name="policy">How it is kept.</param>
    /// <param name="journal">Takes the entries.</param>
    /// <param name="time">The clock.</param>
    public JournalLog(ContainerInfo info, LogPolicy policy, JournalSender journal, TimeProvider time)
    {
        Policy = policy;
        this.journal = journal;
        this.time = time;
        reader = new(info.Id, time);
        string tag = LogAttributes.Tag(info, policy.Tag.Length > 0 ? policy.Tag : LogAttributes.StandardTag);
        ArrayBufferWriter<byte> all = new();
        foreach ((string name, string value) in LogAttributes.Chosen(info, policy))
            if (JournalMessage.FieldName(name) is { Length: > 0 } field) JournalMessage.Add(all, field, value);
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)
        [
            ("CONTAINER_ID", info.ShortId), (JournalReader.IdField, info.Id), ("CONTAINER_NAME", info.Name), ("CONTAINER_TAG", tag), ("IMAGE_NAME", info.Settings.Image), ("SYSLOG_IDENTIFIER", tag),
        ]) JournalMessage.Add(all, name, value);
        fields = all.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    public LogPolicy Policy { get; }

    /// <inheritdoc/>
    public string? Failure { get; private set; }

    /// <inheritdoc/>
    public bool HasRoom => journal.HasRoom;

    /// <inheritdoc/>
    public void Check()
    {
        if (!journal.IsThere) throw new KeelsonException(ErrorKind.Unavailable, "failed to initialize logging driver: journald is not enabled on this host");
    }

    /// <inheritdoc/>
    public void Append(StandardStream stream, ReadOnlySpan<byte> bytes)
    {
        lock (gate) (stream == StandardStream.Error ? error : output).Add(bytes, line => Send(stream, line));
    }

    /// <inheritdoc/>
    public void Finish()
    {
        lock (gate)
        {
            output.Finish(line => Send(StandardStream.Output, line));
            error.Finish(line => Send(StandardStream.Error, line));
        }
    }

    /// <inheritdoc/>
    public byte[] Pending(StandardStream stream)
    {
        lock (gate) return (stream == StandardStream.Error ? error : output).Pending.ToArray();
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<LogLine> ReadAsync(LogOptions options, Task ended, CancellationToken cancel = default) => reader.ReadAsync(options, ended, journal.FlushAsync, cancel);

    /// <inheritdoc/>
    public IAsyncEnumerator<LogLine> Snapshot(LogOptions options) =>
        reader.ReadAsync(options with { Follow = false, Until = options.Until ?? time.GetUtcNow() }, Task.CompletedTask, journal.FlushAsync, default).GetAsyncEnumerator();

    public void Dispose() => Finish();

    private void Send(StandardStream stream, ReadOnlySpan<byte> line)
    {
        message.ResetWrittenCount();
        bool isPart = line is not [.., (byte)'\n'];
        JournalMessage.Add(message, "MESSAGE", isPart ? line : line[..^1]);
        JournalMessage.Add(message, "PRIORITY", stream == StandardStream.Error ? JournalReader.ErrorPriority : "6");
        if (isPart) JournalMessage.Add(message, JournalReader.PartField, "true");
        JournalMessage.Add(message, JournalReader.TimeField, LogEntryFormat.TimeText(time.GetUtcNow()));
        message.Write(fields);
        if (journal.Send(message.WrittenSpan) is { } failure) Failure = "write log: " + failure;
    }
}
