using System.Collections.Concurrent;
using System.Threading.Channels;
using Keelson.Snapshots;

namespace Keelson.Engine.Snapshots;

/// <summary>Deletes the files of removed snapshots, in the background and one after the other, so that no caller waits for it.</summary>
internal sealed class SnapshotCleaner : IAsyncDisposable
{
    private readonly IReadOnlyCollection<ISnapshotter> snapshotters;
    private readonly Action<Exception>? failed;
    private readonly Channel<TaskCompletionSource?> requests = Channel.CreateBounded<TaskCompletionSource?>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.Wait });
    private readonly ConcurrentDictionary<(ISnapshotter Files, string Name), bool> left = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;

    public SnapshotCleaner(IReadOnlyCollection<ISnapshotter> snapshotters, Action<Exception>? failed)
    {
        this.snapshotters = snapshotters;
        this.failed = failed;
        loop = Task.Run(RunAsync);
    }

    /// <summary>Asks for a run. One that waits already will do.</summary>
    public void Wake() => requests.Writer.TryWrite(null);

    /// <summary>Waits for a run that begins after this call.</summary>
    public async Task DrainAsync(CancellationToken cancel)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await requests.Writer.WriteAsync(done, cancel).ConfigureAwait(false);
        await done.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Takes a snapshot away from its snapshotter, now or, when something still stands on it, later.</summary>
    public async ValueTask DropAsync(ISnapshotter files, string name)
    {
        try
        {
            await files.RemoveAsync(name).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It never came to files, or somebody else was faster.
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.FailedPrecondition)
        {
            left.TryAdd((files, name), true);
        }
        Wake();
    }

    public async ValueTask DisposeAsync()
    {
        requests.Writer.TryComplete();
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (TaskCompletionSource? waiting in requests.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
        {
            Exception? failure = await RunOnceAsync().ConfigureAwait(false);
            if (failure is not null) failed?.Invoke(failure);
            if (failure is null) waiting?.TrySetResult();
            else waiting?.TrySetException(failure);
        }
    }

    private async Task<Exception?> RunOnceAsync()
    {
        Exception? failure = null;
        foreach ((ISnapshotter files, string name) in left.Keys)
            try
            {
                await files.RemoveAsync(name, stop.Token).ConfigureAwait(false);
                left.TryRemove((files, name), out _);
            }
            catch (KeelsonException e)
            {
                if (e.Kind == ErrorKind.NotFound) left.TryRemove((files, name), out _);
                else if (e.Kind != ErrorKind.FailedPrecondition) failure = e;
            }
        foreach (ISnapshotter files in snapshotters)
            try
            {
                await files.CleanupAsync(stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is KeelsonException or IOException)
            {
                failure = e;
            }
        return failure;
    }
}
