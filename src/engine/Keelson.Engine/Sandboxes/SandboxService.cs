using System.Collections.Concurrent;
using Keelson.Engine.Tasks.Bundles;
using Keelson.Engine.Tasks.Shims;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Ttrpc;

namespace Keelson.Engine.Sandboxes;

/// <summary>Runs sandboxes through shims.</summary>
/// <param name="host">What is shared with tasks.</param>
/// <param name="bundles">The directories of sandboxes.</param>
/// <param name="removeTasks">Removes the tasks of a sandbox.</param>
internal sealed partial class SandboxService(ShimHost host, BundleStore bundles, Func<string, string, Task> removeTasks) : ISandboxService
{
    private static readonly byte[] EmptySpec = "{}"u8.ToArray();
    private readonly ConcurrentDictionary<(string Space, string Id), SandboxEntry> table = new();

    /// <inheritdoc/>
    public bool Exists(string space, string id) => table.TryGetValue((space, id), out SandboxEntry? entry) && entry.IsListed;

    /// <inheritdoc/>
    public async Task CreateAsync(string space, SandboxDefinition definition, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ShimProgram program = ShimProgram.Find(definition.Runtime, host.Options.ShimDirectories);
        SandboxEntry entry = new(space, definition.Id);
        if (!table.TryAdd((space, definition.Id), entry)) throw new KeelsonException(ErrorKind.AlreadyExists, $"sandbox {definition.Id}: already exists");
        // A shim cannot be told that a call is given up: it goes on, and what comes of it is removed.
        TaskCompletionSource created = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = host.Background.Run($"create sandbox {definition.Id}", () => CreateAsync(entry, program, definition, created, cancel));
        await created.Task.ConfigureAwait(false);
    }

    private async Task CreateAsync(SandboxEntry entry, ShimProgram program, SandboxDefinition definition, TaskCompletionSource created, CancellationToken cancel)
    {
        using CancellationTokenRegistration given = cancel.UnsafeRegister(_ => created.TrySetCanceled(cancel), null);
        ShimConnection? shim = null;
        await entry.Changing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            cancel.ThrowIfCancellationRequested();
            entry.Bundle = bundles.Create(entry.Space, entry.Id, definition.Spec.IsEmpty ? EmptySpec : definition.Spec.Span, program.Path);
            entry.Bundle.WriteSandbox(entry.Id);
            shim = await host.LaunchAsync(entry.Bundle, program, definition.RuntimeOptions, isAlone: false, cancel).ConfigureAwait(false);
            await shim.Sandboxes.CreateAsync(new(entry.Id, entry.Bundle.Path)
            {
                Rootfs = definition.Rootfs, Options = definition.Options ?? definition.RuntimeOptions, NetworkNamespace = definition.NetworkNamespace, Annotations = definition.Annotations,
            }, CancellationToken.None).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            entry.Shim.Connect(shim);
            entry.IsListed = true;
            await host.Events.PublishAsync(entry.Space, SandboxEvents.Create(entry.Id)).ConfigureAwait(false);
            Watch(entry, shim);
            if (!created.TrySetResult()) throw new OperationCanceledException(cancel);
        }
        catch (Exception e)
        {
            entry.IsListed = false;
            await DiscardAsync(entry, program, shim).ConfigureAwait(false);
            table.TryRemove(new((entry.Space, entry.Id), entry));
            if (e is OperationCanceledException) created.TrySetCanceled(cancel);
            else created.TrySetException(e is TtrpcException known ? new KeelsonException(known.Kind, $"create sandbox {entry.Id}", known) : e);
        }
        finally
        {
            entry.Changing.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<SandboxInstance> StartAsync(string space, string id, CancellationToken cancel = default)
    {
        SandboxEntry entry = Get(space, id);
        ShimConnection shim = await entry.Shim.Connection.WaitAsync(cancel).ConfigureAwait(false);
        (int Pid, DateTimeOffset? CreatedAt) started;
        try
        {
            started = await shim.Sandboxes.StartAsync(id, cancel).ConfigureAwait(false);
        }
        catch (TtrpcException e)
        {
            // One that was started before is left alone; one whose program does not start is of no use.
            if (e.Kind != ErrorKind.FailedPrecondition) await ShutdownAsync(space, id, CancellationToken.None).ConfigureAwait(false);
            throw new KeelsonException(e.Kind, $"start sandbox {id}", e);
        }
        await host.Events.PublishAsync(space, SandboxEvents.Start(id)).ConfigureAwait(false);
        return new(started.Pid, started.CreatedAt, shim.Address);
    }

    /// <inheritdoc/>
    public async Task ShutdownAsync(string space, string id, CancellationToken cancel = default)
    {
        SandboxEntry entry = Get(space, id);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        // It goes on when the caller leaves: half a removal is none.
        _ = host.Background.Run($"shut down sandbox {id}", async () =>
        {
            try
            {
                await RemoveAsync(entry).ConfigureAwait(false);
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
                // Told to who asked; nobody may be left who looks.
                _ = done.Task.Exception;
            }
        });
        await done.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    private async Task RemoveAsync(SandboxEntry entry)
    {
        await entry.Changing.WaitAsync(host.Stop).ConfigureAwait(false);
        try
        {
            if (!entry.IsListed) throw Missing(entry.Id);
            await removeTasks(entry.Space, entry.Id).ConfigureAwait(false);
            if (!entry.IsShimGone) await EndShimAsync(entry).ConfigureAwait(false);
            await TellAsync(entry, new ExitResponse(0, 128 + Signals.SIGKILL, host.Options.Time.GetUtcNow())).ConfigureAwait(false);
            entry.IsListed = false;
            entry.Abandon();
            bundles.Remove(entry.Bundle);
            table.TryRemove(new((entry.Space, entry.Id), entry));
        }
        finally
        {
            entry.Changing.Release();
        }
    }

    /// <summary>Lets the shim remove the sandbox, and end; what a shim that has died left is removed by its program.</summary>
    private async Task EndShimAsync(SandboxEntry entry)
    {
        // While its shim is looked for nobody may remove it, so it is there or gone for good.
        Task<ShimConnection> connecting = entry.Shim.Connection;
        if (connecting.IsCompletedSuccessfully)
        {
            ShimConnection shim = await connecting.ConfigureAwait(false);
            try
            {
                await shim.Sandboxes.ShutdownAsync(entry.Id).ConfigureAwait(false);
                // The answer to Wait was sent before that to Shutdown.
                await Task.WhenAny(entry.Ended, Task.Delay(host.Options.StateLimit, host.Options.Time, host.Stop)).ConfigureAwait(false);
                return;
            }
            catch (TtrpcException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Unavailable)
            {
                // It died, or has forgotten the sandbox.
            }
        }
        await DeleteAsync(entry).ConfigureAwait(false);
    }

    /// <summary>Removes what a failed creation has made.</summary>
    private async Task DiscardAsync(SandboxEntry entry, ShimProgram program, ShimConnection? shim)
    {
        if (entry.Bundle is null) return;
        if (shim is not null)
            await TryAsync($"shut down sandbox {entry.Id}", async () =>
            {
                try
                {
                    await host.LimitAsync(host.Options.CleanupLimit, $"shut down sandbox {entry.Id}", limit => shim.Sandboxes.ShutdownAsync(entry.Id, limit), CancellationToken.None).ConfigureAwait(false);
                }
                catch (TtrpcException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Unsupported)
                {
                    // It made none; a shim that holds nothing may end.
                    await host.LimitAsync(host.Options.CleanupLimit, $"shut down the shim of {entry.Id}", limit => shim.Tasks.ShutdownAsync(entry.Id, limit), CancellationToken.None).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        await TryAsync($"clean up sandbox {entry.Id}", () => host.Launcher.DeleteAsync(program, entry.Bundle)).ConfigureAwait(false);
        await TryAsync($"remove the bundle of sandbox {entry.Id}", () =>
        {
            bundles.Remove(entry.Bundle);
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        entry.End(new ExitResponse(0, 0, null));
        entry.Abandon();
    }

    private async Task TryAsync(string what, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is KeelsonException or IOException or UnauthorizedAccessException)
        {
            host.Options.Failed(what, e);
        }
    }

    private SandboxEntry Get(string space, string id) => table.TryGetValue((space, id), out SandboxEntry? entry) && entry.IsListed ? entry : throw Missing(id);

    private static KeelsonException Missing(string id) => new(ErrorKind.NotFound, $"sandbox {id} not found");
}
