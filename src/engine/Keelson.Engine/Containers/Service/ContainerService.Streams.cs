namespace Keelson.Engine.Containers;

/// <summary>Streams and logs.</summary>
internal sealed partial class ContainerService
{
    public Task<IAttachedStreams> AttachAsync(string nameOrId, AttachOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ManagedContainer container = table.Get(nameOrId);
        if (container.Info.State.Status == ContainerStatus.Paused) throw new KeelsonException(ErrorKind.FailedPrecondition, $"Container {container.Id} is paused, unpause the container before attach");
        if (options.Stdin && !container.Info.Settings.OpenStdin) options = options with { Stdin = false };
        return AttachAsync(container, options);
    }

    private async Task<IAttachedStreams> AttachAsync(ManagedContainer container, AttachOptions options)
    {
        AttachedStreams client = container.Hub.Attach(options);
        await TellAsync(container.Info, "attach").ConfigureAwait(false);
        return client;
    }

    public IAsyncEnumerable<LogLine> LogsAsync(string nameOrId, LogOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ManagedContainer container = table.Get(nameOrId);
        if (!container.Log.Policy.Keeps) throw new KeelsonException(ErrorKind.FailedPrecondition, "configured logging driver does not support reading");
        return container.Log.ReadAsync(options, EndOf(container), cancel);
    }

    /// <summary>Ends with the present run; at once when there is none.</summary>
    private static Task EndOf(ManagedContainer container)
    {
        Task next = container.NextExit;
        return container.Info.State.IsRunning || container.Info.State.Status == ContainerStatus.Restarting ? next : Task.CompletedTask;
    }

    public async Task ResizeAsync(string nameOrId, uint columns, uint rows, CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        if (!container.Info.State.IsRunning) throw NotRunning(container.Info);
        await tasks.ResizeAsync(Namespace, container.Id, "", columns, rows, cancel).ConfigureAwait(false);
        await TellAsync(container.Info, "resize", ("height", Text(rows)), ("width", Text(columns))).ConfigureAwait(false);
    }
}
