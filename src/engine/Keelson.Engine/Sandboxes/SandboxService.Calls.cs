using Keelson.Engine.Tasks.Shims;
using Keelson.Shim.Api;

namespace Keelson.Engine.Sandboxes;

/// <summary>What is passed on to shims.</summary>
internal sealed partial class SandboxService
{
    /// <inheritdoc/>
    public async Task<(string System, string Architecture, string Variant)> PlatformAsync(string space, string id, CancellationToken cancel = default)
    {
        ShimConnection shim = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        return await host.LimitAsync(host.Options.StateLimit, $"get the platform of sandbox {id}", limit => shim.Sandboxes.PlatformAsync(id, limit), cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task StopAsync(string space, string id, uint timeoutSeconds, CancellationToken cancel = default)
    {
        if (!Exists(space, id)) return;
        SandboxEntry entry = Get(space, id);
        if (entry.IsShimGone) return;
        try
        {
            ShimConnection shim = await entry.Shim.Connection.WaitAsync(cancel).ConfigureAwait(false);
            await shim.Sandboxes.StopAsync(id, timeoutSeconds, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Unavailable || entry.IsShimGone)
        {
            // It ended before it could be stopped.
        }
        // Who asks for its state after this must hear of the end.
        await entry.Ended.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<ExitResponse> WaitAsync(string space, string id, CancellationToken cancel = default) => await Get(space, id).Ended.WaitAsync(cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<(SandboxStatus Status, string Address)> StatusAsync(string space, string id, bool isVerbose, CancellationToken cancel = default)
    {
        SandboxEntry entry = Get(space, id);
        if (!entry.IsShimGone)
        {
            try
            {
                return await host.LimitAsync(host.Options.StateLimit, $"get the status of sandbox {id}", async limit =>
                {
                    ShimConnection shim = await entry.Shim.Connection.WaitAsync(limit).ConfigureAwait(false);
                    return (await shim.Sandboxes.StatusAsync(id, isVerbose, limit).ConfigureAwait(false), shim.Address);
                }, cancel).ConfigureAwait(false);
            }
            catch (KeelsonException) when (entry.IsShimGone)
            {
                // Its shim has died meanwhile.
            }
        }
        ExitResponse exit = await entry.Ended.WaitAsync(cancel).ConfigureAwait(false);
        return (new(id, 0, SandboxStatus.NotReady, null, exit.ExitedAt), "");
    }

    /// <inheritdoc/>
    public async Task<TypedMessage> MetricsAsync(string space, string id, CancellationToken cancel = default)
    {
        ShimConnection shim = await ReachAsync(space, id, cancel).ConfigureAwait(false);
        return await host.LimitAsync(host.Options.StateLimit, $"measure sandbox {id}", limit => shim.Sandboxes.MetricsAsync(id, limit), cancel).ConfigureAwait(false);
    }

    /// <summary>The shim of a sandbox, for tasks in it.</summary>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: its shim has ended.</exception>
    public async Task<ShimConnection> ReachAsync(string space, string id, CancellationToken cancel) => await Get(space, id).Shim.Connection.WaitAsync(cancel).ConfigureAwait(false);

    /// <summary>The program of the shim of a sandbox.</summary>
    /// <exception cref="KeelsonException">NotFound.</exception>
    public ShimProgram ProgramOf(string space, string id) => ShimProgram.At(Get(space, id).Bundle.ShimProgram);
}
