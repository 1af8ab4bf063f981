namespace Keelson.Content;

/// <summary>Runs transactions one after the other, and brings all that come in while the disk is busy to it together.</summary>
/// <remarks>
/// A transaction runs in memory on <c>pending</c>, which holds what others did a moment ago. Its caller goes on, and readers see its result, once the batch
/// it is part of is in the log. When the log cannot be written, everything that is not in it is taken back.
/// </remarks>
internal sealed class MetadataWriter : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly MetadataLog log;
    private readonly TimeProvider time;
    private readonly EventRetention retention;
    private readonly long checkpointBytes;
    private readonly RecordWriter scratch = new();
    private MetadataState pending;
    private volatile MetadataState published;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Batch batch = new();
    private Task flushing = Task.CompletedTask, inFlight = Task.CompletedTask, checkpointing = Task.CompletedTask;
    private bool isFlushing, isClosed;
    private KeelsonException? broken;
    private long lastCheckpointBytes;

    public MetadataWriter(MetadataLog log, MetadataState state, TimeProvider time, EventRetention retention, long checkpointBytes)
    {
        this.log = log;
        this.time = time;
        this.retention = retention;
        this.checkpointBytes = checkpointBytes;
        pending = published = state;
    }

    /// <summary>Is called after each change that is in the log, with whether it made garbage.</summary>
    public Action<bool>? Changed { get; set; }

    /// <summary>The latest state that is in the log.</summary>
    public MetadataState Published => published;

    /// <summary>Why a checkpoint could not be written last; it is tried again when the log has grown.</summary>
    public Exception? CheckpointFailure { get; private set; }

    /// <summary>Ends when <see cref="Published"/> is another one than <paramref name="seen"/>.</summary>
    public Task AwaitChange(MetadataState seen)
    {
        lock (gate) return ReferenceEquals(published, seen) ? changed.Task : Task.CompletedTask;
    }

    /// <summary>The latest state, of which the end may not be in the log yet. What it does not hold was given up for good.</summary>
    public MetadataState Pending
    {
        get
        {
            lock (gate) return pending;
        }
    }

    /// <summary>Takes over a state that recovery put into the log itself, before the first transaction.</summary>
    public void Reset(MetadataState state) => pending = published = state;

    /// <summary>Runs a transaction and waits until it is in the log.</summary>
    /// <param name="body">The changes. It runs under the lock of all transactions: it computes, and waits for nothing. What it throws undoes it.</param>
    /// <exception cref="KeelsonException">The log could not be written; nothing was changed.</exception>
    public async Task<T> WriteAsync<T>(Func<MetadataTransaction, T> body)
    {
        T result;
        Task done;
        lock (gate)
        {
            if (broken is not null) throw new KeelsonException(ErrorKind.Unavailable, "write metadata: an earlier failure left the log in doubt; open it again", broken);
            ObjectDisposedException.ThrowIf(isClosed, typeof(MetadataDatabase));
            scratch.Clear();
            MetadataTransaction transaction = new(pending, time.GetUtcNow(), scratch, retention);
            result = body(transaction);
            if (scratch.Length > 0)
            {
                if (batch.Operations.Length + scratch.Length > LogFormat.FrameLimitBytes)
                    throw new KeelsonException(ErrorKind.Unavailable, "write metadata: too much waits for the disk");
                batch.Operations.Raw(scratch.Written);
                batch.MustSync |= !transaction.IsLazy;
                batch.MadeGarbage |= transaction.MadeGarbage;
                batch.State = pending = transaction.State;
                if (!isFlushing)
                {
                    isFlushing = true;
                    flushing = Task.Run(Flush);
                }
            }
            // A transaction that only looked may have seen what is not in the log yet; its answer waits for that.
            done = ReferenceEquals(pending, published) ? Task.CompletedTask : batch.State is not null ? batch.Done.Task : inFlight;
        }
        await done.ConfigureAwait(false);
        return result;
    }

    /// <summary>Waits for what runs and closes the log.</summary>
    public async ValueTask DisposeAsync()
    {
        Task last;
        lock (gate)
        {
            isClosed = true;
            last = flushing;
        }
        await last.ConfigureAwait(false);
        await checkpointing.ConfigureAwait(false);
        log.Dispose();
    }

    private void Flush()
    {
        while (true)
        {
            Batch current;
            lock (gate)
            {
                current = batch;
                if (current.State is null)
                {
                    isFlushing = false;
                    return;
                }
                batch = new();
                inFlight = current.Done.Task;
            }
            try
            {
                log.Append(current.Operations.Written, current.MustSync);
            }
            catch (Exception e)
            {
                Fail(current, e);
                continue;
            }
            Publish(current);
            MaybeCheckpoint(current.State);
        }
    }

    private void Publish(Batch current)
    {
        TaskCompletionSource waiting;
        lock (gate)
        {
            published = current.State!;
            waiting = changed;
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        current.Done.SetResult();
        waiting.SetResult();
        Changed?.Invoke(current.MadeGarbage);
    }

    private void Fail(Batch current, Exception cause)
    {
        KeelsonException error = new((cause as KeelsonException)?.Kind ?? ErrorKind.Unknown, "write metadata: the log was not written and nothing was changed", cause);
        try
        {
            // What was written lazily before a failed sync may be lost, and it is in the state that readers have.
            if (log.IsSyncInDoubt && log.Length > log.Synced) throw cause;
            log.CutToLength();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            lock (gate) broken = new KeelsonException(ErrorKind.Unavailable, "write metadata: the end of the log could not be taken back", e);
        }
        Batch next;
        lock (gate)
        {
            // What came in meanwhile stands on what failed.
            next = batch;
            batch = new();
            pending = published;
        }
        current.Done.SetException(error);
        if (next.State is not null) next.Done.SetException(error);
    }

    private void MaybeCheckpoint(MetadataState state)
    {
        if (log.Length < Math.Max(checkpointBytes, lastCheckpointBytes) || !checkpointing.IsCompleted) return;
        long generation;
        try
        {
            generation = log.Rotate();
        }
        catch (KeelsonException e)
        {
            CheckpointFailure = e;
            if (log.IsSyncInDoubt)
                lock (gate) broken = e;
            return;
        }
        checkpointing = Task.Run(() =>
        {
            try
            {
                lastCheckpointBytes = log.WriteCheckpoint(state, generation);
                CheckpointFailure = null;
            }
            catch (KeelsonException e)
            {
                CheckpointFailure = e;
            }
        });
    }

    /// <summary>Transactions that go to the log together.</summary>
    private sealed class Batch
    {
        public readonly RecordWriter Operations = new();
        public readonly TaskCompletionSource Done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public bool MustSync, MadeGarbage;
        public MetadataState? State;
    }
}
