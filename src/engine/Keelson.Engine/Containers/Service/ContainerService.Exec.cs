using System.Security.Cryptography;
using Keelson.Oci;
using Keelson.Shim.Api;

namespace Keelson.Engine.Containers;

/// <summary>Processes that are added to containers.</summary>
internal sealed partial class ContainerService
{
    /// <summary>Type of a process in JSON, as containerd's.</summary>
    private const string ProcessType = "types.containerd.io/opencontainers/runtime-spec/1/Process";

    /// <summary>Ended processes of one container that are still known, and those that were never started.</summary>
    private const int KnownExecs = 128;

    public async Task<string> CreateExecAsync(string nameOrId, ExecOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ManagedContainer container = table.Get(nameOrId);
        CheckExec(container.Info);
        if (options.Cmd.Count == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "No exec command specified");
        if (options.WorkingDir is { Length: > 0 } path && !path.StartsWith('/')) throw new KeelsonException(ErrorKind.InvalidArgument, $"Cwd must be an absolute path: {path}");
        ExecProcess exec = new(RandomNumberGenerator.GetHexString(64, lowercase: true), container, options, this.options.Time.GetUtcNow());
        Forget(container);
        container.Execs[exec.Id] = exec;
        container.HadExecs = true;
        execs[exec.Id] = exec;
        await TellAsync(container.Info, "exec_create: " + string.Join(' ', options.Cmd), ("execID", exec.Id)).ConfigureAwait(false);
        return exec.Id;
    }

    public async Task<IAttachedStreams?> StartExecAsync(string execId, AttachOptions? attach = null, CancellationToken cancel = default)
    {
        ExecProcess exec = Exec(execId);
        CheckExec(exec.Container.Info);
        if (!exec.TryBegin()) throw new KeelsonException(ErrorKind.FailedPrecondition, $"Exec command {execId} was already started");
        AttachedStreams? client = attach is null ? null : exec.Hub.Attach(attach);
        string prefix = $"{stateDirectory}/{exec.Container.Id}/{execId[..32]}-", id = exec.Container.Id;
        ContainerRun? run = null;
        try
        {
            ProcessSpec process = await Task.Run(() => ProcessOf(exec), cancel).ConfigureAwait(false);
            await LoadProfileAsync(process).ConfigureAwait(false);
            run = new(poller, exec.Hub, prefix, exec.Options.AttachStdin, () => tasks.CloseInputAsync(Namespace, id, execId, stop.Token));
            TypedMessage spec = new(ProcessType, RuntimeSpecWriter.ToUtf8(process, indented: false));
            await tasks.ExecAsync(Namespace, new(id, execId, run.Paths, spec), stop.Token).ConfigureAwait(false);
            run.OpenOutput();
            exec.Pid = await tasks.StartAsync(Namespace, id, execId, stop.Token).ConfigureAwait(false);
            run.OpenInput();
        }
        catch (Exception e)
        {
            run?.Dispose();
            exec.End(e is KeelsonException { Kind: ErrorKind.NotFound } ? 127 : 126);
            exec.Hub.End();
            if (client is not null) await client.DisposeAsync().ConfigureAwait(false);
            await TryAsync($"delete process {execId}", () => DeleteExecAsync(id, execId)).ConfigureAwait(false);
            throw;
        }
        await TellAsync(exec.Container.Info, "exec_start: " + string.Join(' ', exec.Options.Cmd), ("execID", execId)).ConfigureAwait(false);
        _ = background.Run($"watch process {execId}", () => WatchAsync(exec, run));
        return client;
    }

    public ExecInfo GetExec(string execId) => Exec(execId).Info;

    public async Task<int> WaitExecAsync(string execId, CancellationToken cancel = default) => await Exec(execId).Exit.Task.WaitAsync(cancel).ConfigureAwait(false);

    public async Task ResizeExecAsync(string execId, uint columns, uint rows, CancellationToken cancel = default)
    {
        ExecProcess exec = Exec(execId);
        if (exec.Pid == 0) throw new KeelsonException(ErrorKind.FailedPrecondition, $"Exec command {execId} is not running");
        await tasks.ResizeAsync(Namespace, exec.Container.Id, execId, columns, rows, cancel).ConfigureAwait(false);
    }

    public async Task KillExecAsync(string execId, int signal, CancellationToken cancel = default)
    {
        ExecProcess exec = Exec(execId);
        if (exec.Pid == 0) return;
        try
        {
            await tasks.KillAsync(Namespace, exec.Container.Id, signal, exec.Id, cancel: cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.FailedPrecondition)
        {
            // It has ended.
        }
    }

    private ExecProcess Exec(string execId)
    {
        if (execs.TryGetValue(execId, out ExecProcess? exec)) return exec;
        ExecProcess[] all = execId.Length < 4 ? [] : [.. execs.Values.Where(one => one.Id.StartsWith(execId, StringComparison.Ordinal)).Take(2)];
        return all.Length == 1 ? all[0] : throw new KeelsonException(ErrorKind.NotFound, $"No such exec instance: {execId}");
    }

    private static void CheckExec(ContainerInfo info)
    {
        if (info.State.Status == ContainerStatus.Paused) throw new KeelsonException(ErrorKind.FailedPrecondition, $"Container {info.Id} is paused, unpause the container before exec");
        if (info.State.Status == ContainerStatus.Restarting) throw new KeelsonException(ErrorKind.FailedPrecondition, $"Container {info.Id} is restarting, wait until the container is running");
        if (!info.State.IsRunning) throw NotRunning(info);
    }

    private ProcessSpec ProcessOf(ExecProcess exec)
    {
        ContainerInfo info = exec.Container.Info;
        string user = exec.Options.User is { Length: > 0 } named ? named : info.Settings.User ?? "";
        using RootView root = RootView.Open(info.State.Pid);
        Account account = AccountResolver.Resolve(user, info.Host.GroupAdd ?? [], AccountFiles.Read(root.Root));
        return SpecBuilder.Process(Inputs(info, account, isStart: false), exec.Options);
    }

    private async Task WatchAsync(ExecProcess exec, ContainerRun run)
    {
        string id = exec.Container.Id;
        int code = UnknownExit;
        try
        {
            code = (await tasks.WaitAsync(Namespace, id, exec.Id, stop.Token).ConfigureAwait(false)).ExitStatus;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // The container has ended and its task is deleted.
        }
        if (stop.IsCancellationRequested) return;
        await run.DrainAsync(options.Time).ConfigureAwait(false);
        await TryAsync($"delete process {exec.Id}", () => DeleteExecAsync(id, exec.Id)).ConfigureAwait(false);
        run.Dispose();
        exec.End(code);
        exec.Hub.End();
        await TellAsync(exec.Container.Info, "exec_die", ("execID", exec.Id), ("exitCode", Text(code))).ConfigureAwait(false);
    }

    private async Task DeleteExecAsync(string id, string execId)
    {
        try
        {
            await tasks.DeleteAsync(Namespace, id, execId).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
        }
    }

    /// <summary>The container has ended: those that were never started never will be.</summary>
    private void EndExecs(ManagedContainer container)
    {
        foreach (ExecProcess exec in container.Execs.Values)
            if (!exec.IsBegun && exec.TryBegin())
            {
                exec.End(UnknownExit);
                exec.Hub.End();
            }
        Forget(container);
    }

    /// <summary>Keeps a container's list from growing without end.</summary>
    private void Forget(ManagedContainer container)
    {
        if (container.Execs.Count < KnownExecs) return;
        ExecProcess[] idle = [.. container.Execs.Values.Where(exec => exec.Exit.Task.IsCompleted || !exec.IsBegun).OrderBy(exec => exec.CreatedAt)];
        foreach (ExecProcess exec in idle.Take(container.Execs.Count - KnownExecs + 1))
        {
            if (!exec.Exit.Task.IsCompleted && !exec.TryBegin()) continue;
            exec.End(UnknownExit);
            container.Execs.TryRemove(exec.Id, out _);
            execs.TryRemove(exec.Id, out _);
        }
    }
}
