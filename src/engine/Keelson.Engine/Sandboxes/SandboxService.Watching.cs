using Keelson.Engine.Tasks.Bundles;
using Keelson.Engine.Tasks.Shims;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Ttrpc;

namespace Keelson.Engine.Sandboxes;

/// <summary>How sandboxes end, and how those are found again that outlive a connection.</summary>
internal sealed partial class SandboxService
{
    /// <summary>Looks for the sandboxes of an engine that was here before.</summary>
    /// <returns>Work that never fails; calls for a sandbox wait until it is found.</returns>
    public List<Task> FindAll()
    {
        List<Task> found = [];
        foreach (TaskBundle bundle in bundles.Scan(host.Options.Failed))
        {
            SandboxEntry entry = new(bundle.Space, bundle.Id) { Bundle = bundle, IsListed = true };
            if (SandboxEntry.ParseEnd(bundle.End) is { } exit) entry.End(exit);
            table.TryAdd((bundle.Space, bundle.Id), entry);
            found.Add(host.Background.Run($"find the shim of sandbox {bundle.Id}", () => FindAgainAsync(entry)));
        }
        return found;
    }

    /// <summary>A connection to a shim has ended: its sandboxes are found again, or have ended with it.</summary>
    public async Task LostAsync(ShimConnection lost) =>
        await Task.WhenAll(table.Values.Where(entry => entry.Shim.Disconnect(lost) && entry.IsListed).Select(entry => host.Background.Run($"find the shim of sandbox {entry.Id}", () => FindAgainAsync(entry)))).ConfigureAwait(false);

    /// <summary>The engine closes.</summary>
    public void Leave()
    {
        foreach (SandboxEntry entry in table.Values) entry.Leave();
    }

    private async Task FindAgainAsync(SandboxEntry entry)
    {
        try
        {
            await entry.Changing.WaitAsync(host.Stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The next engine looks for it.
            return;
        }
        try
        {
            if (!entry.IsListed || entry.IsShimGone || entry.Shim.Connection.IsCompletedSuccessfully) return;
            while (true)
            {
                try
                {
                    if (await TryConnectAsync(entry).ConfigureAwait(false)) return;
                    break;
                }
                catch (TtrpcException e) when (e.Code == StatusCode.DeadlineExceeded)
                {
                    // It is there and does not answer: stopped, or very busy.
                    host.Options.Failed($"find the shim of sandbox {entry.Id}", e);
                    await Task.Delay(host.Options.CleanupLimit, host.Options.Time, host.Stop).ConfigureAwait(false);
                }
            }
            ExitResponse exit = await DeleteAsync(entry).ConfigureAwait(false);
            await TellAsync(entry, exit).ConfigureAwait(false);
            entry.Abandon();
        }
        catch (OperationCanceledException) when (host.Stop.IsCancellationRequested)
        {
            // The next engine looks for it.
        }
        finally
        {
            entry.Changing.Release();
        }
    }

    private async Task<bool> TryConnectAsync(SandboxEntry entry)
    {
        string found = entry.Bundle.Address;
        if (found.Length == 0) return false;
        try
        {
            ShimConnection shim = await host.LimitAsync(host.Options.CleanupLimit, $"ask the shim of sandbox {entry.Id}", async limit =>
            {
                ShimConnection connection = await host.Shims.ConnectAsync(found, ShimProgram.At(entry.Bundle.ShimProgram).IsOwn, limit).ConfigureAwait(false);
                await connection.Sandboxes.StatusAsync(entry.Id, isVerbose: false, limit).ConfigureAwait(false);
                return connection;
            }, host.Stop).ConfigureAwait(false);
            if (ShimLog.Open(entry.Bundle.Path, host.Watcher, host.Options.ShimLogged) is { } log) shim.Add(log);
            entry.Shim.Connect(shim);
            Watch(entry, shim);
            return true;
        }
        catch (TtrpcException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Unavailable && e.Code != StatusCode.DeadlineExceeded)
        {
            return false;
        }
        catch (TtrpcException e) when (e.Kind == ErrorKind.PermissionDenied)
        {
            // Somebody else listens there: it is not the shim.
            host.Options.Failed($"find the shim of sandbox {entry.Id}", e);
            return false;
        }
    }

    /// <summary>Hears of the end from the shim. All who wait share this one call, since ttrpc cannot call a call off.</summary>
    private void Watch(SandboxEntry entry, ShimConnection shim) => _ = host.Background.Run($"wait for sandbox {entry.Id}", async () =>
    {
        try
        {
            ExitResponse exit = await shim.Sandboxes.WaitAsync(entry.Id, host.Stop).ConfigureAwait(false);
            await TellAsync(entry, exit).ConfigureAwait(false);
        }
        catch (TtrpcException e) when (e.Kind is ErrorKind.Unavailable or ErrorKind.NotFound)
        {
            // The connection has ended, and the sandbox is looked for; or it is gone.
        }
        catch (OperationCanceledException) when (host.Stop.IsCancellationRequested)
        {
            // The next engine waits.
        }
    });

    /// <summary>Announces the end, once, and keeps it.</summary>
    private async Task TellAsync(SandboxEntry entry, ExitResponse exit)
    {
        await entry.Telling.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (entry.Ended.IsCompleted) return;
            await host.Events.PublishAsync(entry.Space, SandboxEvents.Exit(entry.Id, exit)).ConfigureAwait(false);
            entry.Bundle.WriteEnd(SandboxEntry.Text(exit));
            entry.End(exit);
        }
        finally
        {
            entry.Telling.Release();
        }
    }

    /// <summary>Removes what is left of a sandbox whose shim is gone, through the shim's own <c>delete</c>.</summary>
    private async Task<ExitResponse> DeleteAsync(SandboxEntry entry)
    {
        ExitResponse exit = new(0, 128 + Signals.SIGKILL, host.Options.Time.GetUtcNow());
        try
        {
            string path = entry.Bundle.ShimProgram;
            ShimProgram program = path.Length > 0 ? ShimProgram.At(path) : ShimProgram.Find("", host.Options.ShimDirectories);
            ExitResponse said = await host.Launcher.DeleteAsync(program, entry.Bundle).ConfigureAwait(false);
            return new(said.Pid, said.ExitStatus, said.ExitedAt ?? exit.ExitedAt);
        }
        catch (KeelsonException e)
        {
            host.Options.Failed($"clean up sandbox {entry.Id} after its shim", e);
            return exit;
        }
    }
}
