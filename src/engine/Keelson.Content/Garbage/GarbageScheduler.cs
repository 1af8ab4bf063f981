namespace Keelson.Content;

/// <summary>Collects garbage when enough has changed, and not so often that it shows.</summary>
public sealed class GarbageScheduler : IAsyncDisposable
{
    /// <summary>From a failed collection to the next attempt.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly MetadataDatabase database;
    private readonly GarbageSchedulerOptions options;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;
    private TaskCompletionSource wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<GarbageReport>? waiting;
    private int deletions, mutations;
    private bool hasFailed;
    private TimeSpan spent;
    private int collections;

    /// <summary>Begins to watch a store. One scheduler watches a store at a time.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a share, count or time is out of range.</exception>
    public GarbageScheduler(MetadataDatabase database, GarbageSchedulerOptions? options = null)
    {
        this.database = database;
        this.options = options ??= new();
        if (options.PauseThreshold is < 0 or > 0.5 || options.DeletionThreshold < 0 || options.MutationThreshold < 0 || options.ScheduleDelay < TimeSpan.Zero || options.StartupDelay < TimeSpan.Zero)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"schedule garbage collection: {options} is out of range");
        time = database.Options.Time;
        database.Writer.Changed = Count;
        loop = Task.Run(RunAsync);
    }

    /// <summary>Is told of every collection that this scheduler started.</summary>
    public Action<GarbageReport>? Collected { get; set; }

    /// <summary>Is told of every collection that failed; another one follows after ten seconds.</summary>
    public Action<Exception>? Failed { get; set; }

    /// <summary>Collects now, whatever the thresholds say, and waits for it: a synchronous delete.</summary>
    public async Task<GarbageReport> CollectAsync(CancellationToken cancel = default)
    {
        Task<GarbageReport> result;
        lock (gate)
        {
            waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            result = waiting.Task;
            wake.TrySetResult();
        }
        return await result.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Stops after the collection that runs.</summary>
    public async ValueTask DisposeAsync()
    {
        database.Writer.Changed = null;
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private bool IsDue => hasFailed || options.DeletionThreshold > 0 && deletions >= options.DeletionThreshold || options.MutationThreshold > 0 && mutations >= options.MutationThreshold && deletions > 0;

    private void Count(bool madeGarbage)
    {
        lock (gate)
        {
            mutations++;
            if (madeGarbage) deletions++;
            if (IsDue) wake.TrySetResult();
        }
    }

    private async Task RunAsync()
    {
        if (options.DeletionThreshold > 0 || options.MutationThreshold > 0)
        {
            await WaitAsync(options.StartupDelay).ConfigureAwait(false);
            await CollectOnceAsync().ConfigureAwait(false);
        }
        while (true)
        {
            bool isUrgent = await UntilDueAsync().ConfigureAwait(false);
            if (!isUrgent) await WaitAsync(options.ScheduleDelay).ConfigureAwait(false);
            bool isDone = await CollectOnceAsync().ConfigureAwait(false);
            await WaitAsync(isDone ? Rest : RetryDelay).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until a collection is due or asked for. What became due during another wait counts: the counts decide, the wake only says that they changed.</summary>
    /// <returns>Whether somebody waits for it.</returns>
    private async Task<bool> UntilDueAsync()
    {
        while (true)
        {
            Task woken;
            lock (gate)
            {
                if (waiting is not null || IsDue) return waiting is not null;
                woken = NextWake();
            }
            await woken.WaitAsync(stop.Token).ConfigureAwait(false);
        }
    }

    private Task NextWake()
    {
        if (wake.Task.IsCompleted) wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return wake.Task;
    }

    /// <summary>How long to keep still, so that collections take their share of time and no more.</summary>
    private TimeSpan Rest => options.PauseThreshold > 0 && collections > 0 ? spent / collections * (1 / options.PauseThreshold - 1) : TimeSpan.Zero;

    /// <summary>Waits, but not when somebody waits for a collection.</summary>
    private async Task WaitAsync(TimeSpan delay)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            TimeSpan left = delay - time.GetElapsedTime(start);
            Task woken;
            lock (gate)
            {
                if (left <= TimeSpan.Zero || waiting is not null) return;
                woken = NextWake();
            }
            using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            await Task.WhenAny(Task.Delay(left, time, ended.Token), woken).ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            stop.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task<bool> CollectOnceAsync()
    {
        TaskCompletionSource<GarbageReport>? asked;
        lock (gate)
        {
            asked = waiting;
            waiting = null;
            deletions = mutations = 0;
            hasFailed = false;
        }
        try
        {
            GarbageReport report = await database.Collector.CollectAsync(stop.Token).ConfigureAwait(false);
            spent += report.Elapsed;
            collections++;
            asked?.SetResult(report);
            Collected?.Invoke(report);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            asked?.SetException(e);
            Failed?.Invoke(e);
            lock (gate)
            {
                hasFailed = true;
            }
            return false;
        }
        catch (OperationCanceledException)
        {
            asked?.SetCanceled(CancellationToken.None);
            throw;
        }
    }
}
