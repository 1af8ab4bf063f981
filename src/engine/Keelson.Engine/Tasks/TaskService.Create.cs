using Keelson.Engine.Tasks.Bundles;
using Keelson.Engine.Tasks.Shims;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Launch;
using Keelson.Ttrpc;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Engine.Tasks;

/// <summary>Making tasks.</summary>
internal sealed partial class TaskService
{
    /// <summary>How long a shim that hung a moment ago may take to show that it does no more. A call takes it some 0.1 ms.</summary>
    private static readonly TimeSpan SilentLimit = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public Task<int> CreateAsync(string space, TaskDefinition definition, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return Tracing.RunAsync("create task", "container.id", definition.Id, () => CreateNowAsync(space, definition, cancel));
    }

    private async Task<int> CreateNowAsync(string space, TaskDefinition definition, CancellationToken cancel)
    {
        // In a sandbox the sandbox's shim serves all, whatever the container's runtime is called.
        ShimProgram program = definition.Sandbox.Length > 0 ? sandboxes.ProgramOf(space, definition.Sandbox) : ShimProgram.Find(definition.Runtime, options.ShimDirectories);
        TaskEntry entry = new(space, definition.Id) { Sandbox = definition.Sandbox };
        if (!table.TryAdd(entry)) throw new KeelsonException(ErrorKind.AlreadyExists, $"task {definition.Id}: already exists");
        // A shim cannot be told that a call is given up: it goes on, and what comes of it is removed.
        TaskCompletionSource<int> created = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = background.Run($"create task {definition.Id}", () => CreateAsync(entry, program, definition, created, cancel));
        return await created.Task.ConfigureAwait(false);
    }

    private async Task CreateAsync(TaskEntry entry, ShimProgram program, TaskDefinition definition, TaskCompletionSource<int> created, CancellationToken cancel)
    {
        using CancellationTokenRegistration given = cancel.UnsafeRegister(_ => created.TrySetCanceled(cancel), null);
        ShimConnection? shim = null;
        try
        {
            cancel.ThrowIfCancellationRequested();
            entry.Bundle = bundles.Create(entry.Space, definition.Id, definition.Spec.Span, program.Path);
            shim = definition.Sandbox.Length > 0 ? await JoinAsync(entry.Bundle, definition.Sandbox, cancel).ConfigureAwait(false) : await ObtainAsync(entry.Bundle, program, definition, cancel).ConfigureAwait(false);
            entry.Shim.Connect(shim);
            string checkpoint = definition.OwnsCheckpoint ? bundles.TakeCheckpoint(entry.Bundle, definition.Checkpoint) : definition.Checkpoint;
            int pid = await CreateInShimAsync(shim, new(definition.Id, entry.Bundle.Path, definition.Stdio) { Rootfs = definition.Rootfs, Checkpoint = checkpoint, Options = definition.Options }).ConfigureAwait(false);
            entry.Note(TaskStatus.Created, options.Time.GetUtcNow(), pid, definition.Stdio);
            entry.IsListed = true;
            // A shim that died just now found no task to be looked for.
            if (entry.Shim.Current != shim) _ = background.Run($"find the shim of {entry.Id}", () => FindAgainAsync(entry));
            if (created.TrySetResult(pid)) return;
            await AbandonAsync(entry, program, shim).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A connection that ended with the call is the one that is cleaned up here.
            await AbandonAsync(entry, program, shim).ConfigureAwait(false);
            if (e is OperationCanceledException) created.TrySetCanceled(cancel);
            else created.TrySetException(e);
        }
    }

    /// <exception cref="KeelsonException">What the shim says, after containerd's words for it.</exception>
    private static async Task<int> CreateInShimAsync(ShimConnection shim, CreateRequest request)
    {
        try
        {
            return await shim.Tasks.CreateAsync(request, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TtrpcException e)
        {
            throw new KeelsonException(e.Kind, "failed to create shim task", e);
        }
    }

    /// <summary>The shim of a new container: one of ours that serves its group already, or one that is started. One that hangs keeps what it has and gets no more.</summary>
    private async Task<ShimConnection> ObtainAsync(TaskBundle bundle, ShimProgram program, TaskDefinition definition, CancellationToken cancel)
    {
        if (!program.IsOwn) return await LaunchAsync(bundle, program, definition, isAlone: false, cancel).ConfigureAwait(false);
        string shared = SharedShim.AddressOf(address, bundle.Space, bundle.Id, definition.Spec.Span);
        try
        {
            if (await ReserveAsync(shared, bundle, cancel).ConfigureAwait(false) is { } running) return running;
            // The first one starts it, the others find it.
            using KeyedLock.Holder launch = await launches.EnterAsync(shared, cancel).ConfigureAwait(false);
            return await ReserveAsync(shared, bundle, cancel).ConfigureAwait(false) ?? await LaunchAsync(bundle, program, definition, isAlone: false, cancel).ConfigureAwait(false);
        }
        catch (TtrpcException e) when (e.Code == StatusCode.DeadlineExceeded)
        {
            options.Failed($"start task {bundle.Id} in the shim of others", e);
            return await LaunchAsync(bundle, program, definition, isAlone: true, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The shim of a sandbox, which lives as long as the sandbox does.</summary>
    private async Task<ShimConnection> JoinAsync(TaskBundle bundle, string sandbox, CancellationToken cancel)
    {
        ShimConnection shim = await sandboxes.ReachAsync(bundle.Space, sandbox, cancel).ConfigureAwait(false);
        bundle.WriteSandbox(sandbox);
        bundle.WriteAddress(shim.Address);
        return shim;
    }

    private async Task<ShimConnection> LaunchAsync(TaskBundle bundle, ShimProgram program, TaskDefinition definition, bool isAlone, CancellationToken cancel)
    {
        ShimConnection shim = await host.LaunchAsync(bundle, program, definition.Options, isAlone, cancel).ConfigureAwait(false);
        Use(shim);
        if (program.IsOwn) Link(bundle, shim.Address);
        return shim;
    }

    /// <summary>Tells a shim that is connected of one more container; <see langword="null"/> when there is none, or it is about to end.</summary>
    /// <exception cref="TtrpcException">DeadlineExceeded: it does not answer.</exception>
    private async Task<ShimConnection?> ReserveAsync(string shared, TaskBundle bundle, CancellationToken cancel)
    {
        if (shims.Find(shared) is not { } connecting) return null;
        try
        {
            ShimConnection shim = await connecting.WaitAsync(cancel).ConfigureAwait(false);
            await ReserveAsync(shim, bundle.Id, cancel).ConfigureAwait(false);
            Use(shim);
            bundle.WriteAddress(shared);
            Link(bundle, shared);
            return shim;
        }
        catch (TtrpcException e) when (e.Kind == ErrorKind.Unavailable && e.Code != StatusCode.DeadlineExceeded)
        {
            return null;
        }
    }

    private async Task ReserveAsync(ShimConnection shim, string id, CancellationToken cancel)
    {
        try
        {
            await host.LimitAsync(shim.IsSilent ? SilentLimit : options.StateLimit, $"reserve {id}", limit => SharedShim.ReserveAsync(shim.Client, id, limit), cancel).ConfigureAwait(false);
            shim.IsSilent = false;
        }
        catch (TtrpcException e) when (e.Code == StatusCode.DeadlineExceeded)
        {
            shim.IsSilent = true;
            // The call is on its way still, and what it reserves would keep the shim from ending.
            _ = background.Run($"forget {id}", () => ForgetAsync(shim, id));
            throw;
        }
    }

    /// <summary>Gives a reservation back, whenever the shim hears of it.</summary>
    private async Task ForgetAsync(ShimConnection shim, string id)
    {
        try
        {
            await SharedShim.ForgetAsync(shim.Client, id, stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TtrpcException or OperationCanceledException)
        {
            // The shim has ended, or the engine has.
        }
    }

    /// <summary>Lets <c>ctr shim</c> find a shared shim under the name of one container.</summary>
    private void Link(TaskBundle bundle, string shared)
    {
        string own = SharedShim.OwnAddressOf(address, bundle.Space, bundle.Id);
        if (own == shared) return;
        string path = own["unix://".Length..];
        bundle.WriteLink(path);
        _ = Files.TryUnlink(path);
        Files.TrySymlink(shared["unix://".Length..], path).ThrowIfError("link", path);
    }

    /// <summary>Removes what a failed or abandoned creation has made.</summary>
    private async Task AbandonAsync(TaskEntry entry, ShimProgram program, ShimConnection? shim)
    {
        entry.IsListed = false;
        if (entry.Bundle is not null)
        {
            bool isRemoved = shim is not null && await RemoveFromShimAsync(entry, shim).ConfigureAwait(false);
            if (!isRemoved) await TryAsync($"clean up task {entry.Id}", () => launcher.DeleteAsync(program, entry.Bundle)).ConfigureAwait(false);
            await TryAsync($"remove the bundle of {entry.Id}", () =>
            {
                bundles.Remove(entry.Bundle);
                return Task.CompletedTask;
            }).ConfigureAwait(false);
        }
        table.Remove(entry);
        entry.End(new ExitResponse(0, 0, null));
        if (shim is not null) await LeaveAsync(shim, entry).ConfigureAwait(false);
    }

    /// <summary>Deletes a container that may have been created; <see langword="false"/> when the shim cannot say that it is gone.</summary>
    private async Task<bool> RemoveFromShimAsync(TaskEntry entry, ShimConnection shim)
    {
        try
        {
            await host.LimitAsync(options.CleanupLimit, $"delete {entry.Id}", limit => shim.Tasks.DeleteAsync(entry.Id, "", limit), CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            if (shim.IsOwn) await TryAsync($"forget {entry.Id}", () => host.LimitAsync(options.CleanupLimit, $"forget {entry.Id}", limit => SharedShim.ForgetAsync(shim.Client, entry.Id, limit), CancellationToken.None)).ConfigureAwait(false);
            return true;
        }
        catch (KeelsonException)
        {
            return false;
        }
    }

    private async Task TryAsync(string what, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            options.Failed(what, e);
        }
    }
}
