using Keelson.Oci;

namespace Keelson.Registry.Upstream;

/// <summary>A blob on its way from an upstream into the store, and those who read it behind.</summary>
/// <remarks>The last byte is held back until all of it has the right digest and is stored: nobody takes a blob for whole that is not.</remarks>
internal sealed class BlobFetch(UpstreamRoute route, string repository, Digest digest)
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource<long> size = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Pulse more = new();
    private long length = -1, available;

    public UpstreamRoute Route => route;

    public string Repository => repository;

    public Digest Digest => digest;

    /// <summary>Ends the transfer.</summary>
    public CancellationTokenSource Stop { get; } = new();

    /// <summary>The transfer.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>How many read, or wait; guarded by the fetcher.</summary>
    public int Users { get; set; }

    /// <summary>How long the blob is, in bytes; fails when it cannot be had.</summary>
    public Task<long> Size => size.Task;

    /// <summary>Ends when the blob is the repository's; fails when it will not be.</summary>
    public Task Done => done.Task;

    /// <summary>The same; <see langword="null"/>: it is not known yet.</summary>
    public long? KnownSize => Volatile.Read(ref length) is >= 0 and var known ? known : null;

    /// <summary>It begins.</summary>
    /// <param name="bytes">How long the blob is.</param>
    public void Begin(long bytes)
    {
        Volatile.Write(ref length, bytes);
        size.TrySetResult(bytes);
    }

    /// <summary>So many bytes from the beginning are in the file.</summary>
    public void Advance(long bytes) => Signal(() => available = Math.Min(bytes, Math.Max(0, length - 1)));

    /// <summary>It is whole, right and stored.</summary>
    public void Complete() => Signal(() =>
    {
        available = length;
        done.TrySetResult();
    });

    /// <summary>It ends before its end.</summary>
    public void Fail(Exception error) => Signal(() =>
    {
        done.TrySetException(error);
        size.TrySetException(error);
        // Nobody may be waiting for either.
        _ = (done.Task.Exception, size.Task.Exception);
    });

    /// <summary>Waits until there are bytes behind an offset.</summary>
    /// <returns>The end of what may be read.</returns>
    /// <exception cref="KeelsonException">The transfer failed.</exception>
    public async ValueTask<long> WaitAsync(long offset, CancellationToken cancel)
    {
        while (true)
        {
            Task wait;
            lock (gate)
            {
                if (available > offset || done.Task.IsCompletedSuccessfully) return available;
                wait = more.Next;
            }
            // Those who read are told of a failure where they are; what came before it they may have.
            if (done.Task.IsFaulted) await done.Task.ConfigureAwait(false);
            await wait.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    private void Signal(Action change)
    {
        lock (gate) change();
        more.Beat();
    }
}
