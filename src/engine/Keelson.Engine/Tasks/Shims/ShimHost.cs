using Keelson.Engine.Tasks.Bundles;
using Keelson.Engine.Tasks.Events;
using Keelson.Engine.Tasks.Watching;
using Keelson.Shim.Api;
using Keelson.Ttrpc;

namespace Keelson.Engine.Tasks.Shims;

/// <summary>What those who run something in shims share.</summary>
/// <param name="Options">Time limits, and who hears of failures.</param>
/// <param name="Launcher">Runs the commands of shims.</param>
/// <param name="Shims">The connections.</param>
/// <param name="Events">The events of shims, and the engine's own.</param>
/// <param name="Watcher">Waits for descriptors.</param>
/// <param name="Background">What goes on after its caller has left.</param>
/// <param name="Stop">Cancelled when the engine closes.</param>
internal sealed record ShimHost(TaskServiceOptions Options, ShimLauncher Launcher, ShimPool Shims, EventReceiver Events, DescriptorWatcher Watcher, BackgroundTasks Background, CancellationToken Stop)
{
    /// <summary>Starts the shim of a bundle, or finds the one that serves it already, and connects.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="program">The shim's program.</param>
    /// <param name="shimOptions">What the shim is to know.</param>
    /// <param name="isAlone">Whether it serves nobody else, whatever the bundle says.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">What the shim says, or Unavailable: it took too long.</exception>
    public async Task<ShimConnection> LaunchAsync(TaskBundle bundle, ShimProgram program, TypedMessage? shimOptions, bool isAlone, CancellationToken cancel)
    {
        BundleStore.MakeLog(bundle);
        ShimLog? log = ShimLog.Open(bundle.Path, Watcher, Options.ShimLogged);
        try
        {
            string found = await Launcher.StartAsync(program, bundle, shimOptions, isAlone, cancel).ConfigureAwait(false);
            bundle.WriteAddress(found);
            ShimConnection shim = await Shims.ConnectAsync(found, program.IsOwn, cancel).ConfigureAwait(false);
            if (log is not null) shim.Add(log);
            log = null;
            return shim;
        }
        finally
        {
            log?.Dispose();
        }
    }

    /// <summary>Makes a call that may take so long and no longer.</summary>
    /// <exception cref="TtrpcException">DeadlineExceeded.</exception>
    public async Task LimitAsync(TimeSpan limit, string what, Func<CancellationToken, Task> call, CancellationToken cancel) => await LimitAsync(limit, what, async token =>
    {
        await call(token).ConfigureAwait(false);
        return true;
    }, cancel).ConfigureAwait(false);

    /// <inheritdoc cref="LimitAsync(TimeSpan, string, Func{CancellationToken, Task}, CancellationToken)"/>
    public async Task<T> LimitAsync<T>(TimeSpan limit, string what, Func<CancellationToken, Task<T>> call, CancellationToken cancel)
    {
        using CancellationTokenSource late = new(limit, Options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            return await call(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (late.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new TtrpcException(StatusCode.DeadlineExceeded, $"{what}: the shim does not answer within {limit.TotalSeconds} s", e);
        }
    }
}
