namespace Keelson.Engine.Containers;

/// <summary>Where the output of a process meets its log and its clients. A container's hub stays from run to run, so clients may come before it starts.</summary>
/// <param name="isTerminal">Whether the process has a terminal.</param>
/// <param name="closesOnce">Whether the input ends when a client closes it.</param>
/// <param name="log">Keeps the output; <see langword="null"/> for none.</param>
internal sealed class StreamHub(bool isTerminal, bool closesOnce, IContainerLog? log)
{
    private readonly Lock gate = new();
    private AttachedStreams[] clients = [];
    private OutputReader[] readers = [];
    private TaskCompletionSource<InputWriter> input = NewInput();
    private Func<Task>? endInput;

    public bool IsTerminal => isTerminal;

    /// <summary>Number of clients.</summary>
    public int Clients => clients.Length;

    /// <summary>Takes what a process wrote. On the poller's thread.</summary>
    /// <returns>Whether the log and every client have room for more.</returns>
    public bool Take(StandardStream stream, ReadOnlySpan<byte> bytes)
    {
        bool hasRoom;
        lock (gate)
        {
            log?.Append(stream, bytes);
            hasRoom = log?.HasRoom != false;
            byte[]? copy = null;
            foreach (AttachedStreams client in clients)
            {
                if (!client.Wants(stream)) continue;
                client.Push(new(stream, copy ??= bytes.ToArray()));
                hasRoom &= client.HasRoom;
            }
        }
        return hasRoom;
    }

    /// <summary>Adds a client.</summary>
    public AttachedStreams Attach(AttachOptions options)
    {
        lock (gate)
        {
            bool reads = options.Logs && log is { Policy.Keeps: true };
            // The files are opened before the lock is left, so that what is written later comes from the queue alone.
            IAsyncEnumerator<LogLine>? lines = reads ? log!.Snapshot(new() { Stdout = options.Stdout, Stderr = options.Stderr }) : null;
            AttachedStreams client = new(this, options, lines);
            if (reads)
                foreach (StandardStream stream in (ReadOnlySpan<StandardStream>)[StandardStream.Output, StandardStream.Error])
                    if (client.Wants(stream) && log!.Pending(stream) is { Length: > 0 } rest) client.PushAfterLogs(new(stream, rest));
            if (options.Stream) clients = [.. clients, client];
            else client.End();
            return client;
        }
    }

    public void Detach(AttachedStreams client)
    {
        lock (gate) clients = [.. clients.Where(other => other != client)];
        client.End();
        Resume();
    }

    /// <summary>A process is being made: takes its output.</summary>
    public void Begin(OutputReader[] outputs, Func<Task>? end)
    {
        lock (gate)
        {
            readers = outputs;
            endInput = end;
        }
    }

    /// <summary>The process runs: lets clients write to it.</summary>
    public void OpenInput(InputWriter writer)
    {
        lock (gate) input.TrySetResult(writer);
    }

    /// <summary>The process has ended and its output is read: clients are at their end.</summary>
    public void End()
    {
        AttachedStreams[] all;
        lock (gate)
        {
            all = clients;
            clients = [];
            readers = [];
            endInput = null;
            input.TrySetException(new KeelsonException(ErrorKind.FailedPrecondition, "write input: the process has ended"));
            _ = input.Task.Exception;
            input = NewInput();
            log?.Finish();
        }
        foreach (AttachedStreams client in all) client.End();
    }

    /// <summary>A client or the log has room again.</summary>
    public void Resume()
    {
        OutputReader[] all;
        lock (gate)
        {
            if (log?.HasRoom == false) return;
            foreach (AttachedStreams client in clients)
                if (!client.HasRoom) return;
            all = readers;
        }
        foreach (OutputReader reader in all) reader.Resume();
    }

    /// <summary>Writes to the process, waiting for its start.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        InputWriter writer = await input.Task.WaitAsync(cancel).ConfigureAwait(false);
        await writer.WriteAsync(bytes, cancel).ConfigureAwait(false);
    }

    /// <summary>Ends the input.</summary>
    /// <param name="isClient">Because a client closed it; that counts only where the settings say so.</param>
    /// <param name="cancel">Gives up waiting for the process' start: one that has ended may never start again.</param>
    public async ValueTask CloseInputAsync(bool isClient, CancellationToken cancel = default)
    {
        if (isClient && (!closesOnce || isTerminal)) return;
        InputWriter writer = await input.Task.WaitAsync(cancel).ConfigureAwait(false);
        writer.Dispose();
        Func<Task>? end;
        lock (gate) (end, endInput) = (endInput, null);
        if (end is not null) await end().ConfigureAwait(false);
    }

    private static TaskCompletionSource<InputWriter> NewInput() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
