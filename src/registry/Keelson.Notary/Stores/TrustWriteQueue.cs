using System.Threading.Channels;

namespace Keelson.Notary.Stores;

/// <summary>Puts changes that wait at the same time into one transaction, since a transaction costs a wait for the disk, however much is in it.</summary>
/// <remarks>One loop writes; while it waits for the disk, the next batch gathers. Nobody waits for a batch to fill.</remarks>
internal sealed class TrustWriteQueue : IAsyncDisposable
{
    /// <summary>Most changes of a transaction: who is first of them waits for the last one.</summary>
    private const int BatchLimit = 64;

    /// <summary>Most changes that wait; others wait to wait, and their senders with them.</summary>
    private const int QueueLimit = 1024;

    private readonly Channel<TrustWrite> queue = Channel.CreateBounded<TrustWrite>(new BoundedChannelOptions(QueueLimit) { SingleReader = true });
    private readonly Func<IReadOnlyList<TrustWrite>, ValueTask> write;
    private readonly string name;
    private readonly Task loop;

    /// <summary>Begins to write.</summary>
    /// <param name="name">Of the store, for messages.</param>
    /// <param name="write">Does a batch in one transaction, and says in each what became of it; throws when nothing of the batch was done.</param>
    public TrustWriteQueue(string name, Func<IReadOnlyList<TrustWrite>, ValueTask> write)
    {
        (this.name, this.write) = (name, write);
        loop = Task.Run(RunAsync);
    }

    /// <summary>Waits for a change to be in the store for good.</summary>
    /// <returns>Whether there was something to do.</returns>
    public async Task<bool> WriteAsync(TrustWrite change, CancellationToken cancel)
    {
        try
        {
            await queue.Writer.WriteAsync(change, cancel).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"write to {name}: it is closed", e);
        }
        return await change.Done.ConfigureAwait(false);
    }

    /// <summary>Writes what waits, and takes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await loop.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        List<TrustWrite> batch = new(BatchLimit);
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (batch.Count < BatchLimit && queue.Reader.TryRead(out TrustWrite? change)) batch.Add(change);
            Exception? error = null;
            try
            {
                await write(batch).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // Whatever it was, those who wait have to hear of it, and the next batch may fare better.
                error = e as KeelsonException ?? new KeelsonException(ErrorKind.Unavailable, $"write to {name}", e);
            }
            foreach (TrustWrite change in batch) change.End(error);
            batch.Clear();
        }
    }
}
