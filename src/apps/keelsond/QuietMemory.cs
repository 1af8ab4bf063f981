using Keelson.Linux;
using Keelson.Linux.Sys;
using Microsoft.AspNetCore.Http;

namespace Keelson.Daemon;

/// <summary>Gives memory back whenever the daemon has been quiet for a moment: what the start and what the last calls needed is not needed again soon.</summary>
internal sealed class QuietMemory : IDisposable
{
    /// <summary>No call has come or gone for so long.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    /// <summary>Less garbage than this is not worth a collection.</summary>
    private const long WorthBytes = 2 << 20;

    private readonly Action<Errno> failed;
    private readonly ITimer timer;
    private int calls, seen;
    private int isArmed;
    private long allocated;

    /// <param name="time">The clock.</param>
    /// <param name="failed">Is told when the kernel would not take pages back.</param>
    public QuietMemory(TimeProvider time, Action<Errno> failed)
    {
        this.failed = failed;
        timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Lets go of what is kept for the next calls.</summary>
    public Action? LetGo { get; set; }

    /// <summary>Watches the calls of a handler.</summary>
    public RequestDelegate Around(RequestDelegate handler) => async context =>
    {
        TrimWhenQuiet();
        try
        {
            await handler(context).ConfigureAwait(false);
        }
        finally
        {
            TrimWhenQuiet();
        }
    };

    /// <summary>Something happened; memory is given back once nothing has for a while.</summary>
    public void TrimWhenQuiet()
    {
        Interlocked.Increment(ref calls);
        if (Interlocked.Exchange(ref isArmed, 1) == 0) timer.Change(Quiet, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => timer.Dispose();

    private void Trim()
    {
        // The collector itself would keep what it once had: nothing allocates while the daemon is quiet, so nothing makes it look.
        long now = GC.GetTotalAllocatedBytes();
        if (now - allocated >= WorthBytes)
        {
            LetGo?.Invoke();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
        allocated = now;
        Errno errno = Memory.TryForgetProgram();
        if (errno != Errno.None) failed(errno);
    }

    private void Look()
    {
        int now = Volatile.Read(ref calls);
        if (now != seen)
        {
            seen = now;
            timer.Change(Quiet, Timeout.InfiniteTimeSpan);
            return;
        }
        Trim();
        Volatile.Write(ref isArmed, 0);
        // A call that came since then has seen it armed.
        if (Volatile.Read(ref calls) != now) TrimWhenQuiet();
    }
}
