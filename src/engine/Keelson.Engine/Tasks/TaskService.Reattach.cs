using Keelson.Engine.Tasks.Shims;
using Keelson.Shim.Api;
using Keelson.Ttrpc;

namespace Keelson.Engine.Tasks;

/// <summary>Tasks that outlive a connection: of an engine that was restarted, or of a shim that went away.</summary>
internal sealed partial class TaskService
{
    /// <summary>Connects to the shim of a task; when there is none that knows the task, the task is cleaned up.</summary>
    private async Task FindAgainAsync(TaskEntry entry)
    {
        await entry.Ending.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!entry.IsListed) return;
            while (true)
            {
                try
                {
                    if (await TryConnectAsync(entry).ConfigureAwait(false)) return;
                    break;
                }
                catch (TtrpcException e) when (e.Code == StatusCode.DeadlineExceeded)
                {
                    // It is there and does not answer: stopped, or very busy. Its tasks wait for it, nobody else does.
                    options.Failed($"find the shim of {entry.Id}", e);
                    await Task.Delay(options.CleanupLimit, options.Time, stop.Token).ConfigureAwait(false);
                }
            }
            await CleanUpAsync(entry).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The next engine looks for it.
        }
        finally
        {
            entry.Ending.Release();
        }
    }

    private async Task<bool> TryConnectAsync(TaskEntry entry)
    {
        string found = entry.Bundle.Address;
        if (found.Length == 0) return false;
        try
        {
            return await host.LimitAsync(options.CleanupLimit, $"ask the shim of {entry.Id}", async limit =>
            {
                ShimConnection shim = await shims.ConnectAsync(found, ShimProgram.At(entry.Bundle.ShimProgram).IsOwn, limit).ConfigureAwait(false);
                StateResponse state = await shim.Tasks.StateAsync(entry.Id, "", limit).ConfigureAwait(false);
                entry.Set(state, options.Time.GetUtcNow());
                Use(shim);
                if (ShimLog.Open(entry.Bundle.Path, watcher, options.ShimLogged) is { } log) shim.Add(log);
                entry.Shim.Connect(shim);
                return true;
            }, stop.Token).ConfigureAwait(false);
        }
        catch (TtrpcException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Unavailable && e.Code != StatusCode.DeadlineExceeded)
        {
            return false;
        }
        catch (TtrpcException e) when (e.Kind == ErrorKind.PermissionDenied)
        {
            // Somebody else listens there: it is not the shim.
            options.Failed($"find the shim of {entry.Id}", e);
            return false;
        }
    }
}
