using System.Threading.Channels;

namespace Keelson.Engine.Containers;

/// <summary>One client's queue of what a process writes. It holds a limited number of bytes; the reading of the process's output waits for it beyond that, as with docker.</summary>
internal sealed class AttachedStreams : IAttachedStreams
{
    /// <summary>Bytes that wait for one client.</summary>
    public const int LimitBytes = 1 << 20;

    private readonly StreamHub hub;
    private readonly AttachOptions options;
    private readonly IAsyncEnumerator<LogLine>? logs;
    private readonly Channel<StreamChunk> queue = Channel.CreateUnbounded<StreamChunk>(new() { SingleReader = true });
    private readonly List<StreamChunk> afterLogs = [];
    private int waiting;
    private bool areLogsRead, isDisposed;

    public AttachedStreams(StreamHub hub, AttachOptions options, IAsyncEnumerator<LogLine>? logs)
    {
        this.hub = hub;
        this.options = options;
        this.logs = logs;
        areLogsRead = logs is null;
    }

    public bool IsTerminal => hub.IsTerminal;

    /// <summary>Whether there is room for more.</summary>
    public bool HasRoom => Volatile.Read(ref waiting) < LimitBytes;

    /// <summary>Whether the client wants a stream.</summary>
    public bool Wants(StandardStream stream) => stream == StandardStream.Error ? options.Stderr : options.Stdout;

    /// <summary>Queues bytes.</summary>
    public void Push(StreamChunk chunk)
    {
        Interlocked.Add(ref waiting, chunk.Bytes.Length);
        queue.Writer.TryWrite(chunk);
    }

    /// <summary>Bytes that come between the log and the queue.</summary>
    public void PushAfterLogs(StreamChunk chunk) => afterLogs.Add(chunk);

    /// <summary>Nothing more comes.</summary>
    public void End() => queue.Writer.TryComplete();

    public async ValueTask<StreamChunk?> ReadAsync(CancellationToken cancel = default)
    {
        while (!areLogsRead)
        {
            if (await logs!.MoveNextAsync().ConfigureAwait(false)) return new(logs.Current.Stream, logs.Current.Text);
            areLogsRead = true;
        }
        if (afterLogs.Count > 0)
        {
            StreamChunk first = afterLogs[0];
            afterLogs.RemoveAt(0);
            return first;
        }
        if (!await queue.Reader.WaitToReadAsync(cancel).ConfigureAwait(false) || !queue.Reader.TryRead(out StreamChunk chunk)) return null;
        int before = Interlocked.Add(ref waiting, -chunk.Bytes.Length) + chunk.Bytes.Length;
        if (before >= LimitBytes && before - chunk.Bytes.Length < LimitBytes) hub.Resume();
        return chunk;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel = default) =>
        options.Stdin ? hub.WriteAsync(bytes, cancel) : throw new KeelsonException(ErrorKind.FailedPrecondition, "write input: it was not asked for");

    public ValueTask CloseInputAsync(CancellationToken cancel = default) => options.Stdin ? hub.CloseInputAsync(isClient: true, cancel) : ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        isDisposed = true;
        hub.Detach(this);
        if (logs is not null) await logs.DisposeAsync().ConfigureAwait(false);
    }
}
