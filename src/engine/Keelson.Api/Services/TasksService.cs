using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Content;
using Keelson.Engine;
using Keelson.Engine.Tasks;
using Keelson.Shim.Api;
using V1 = Containerd.Services.Tasks.V1;

namespace Keelson.Api;

/// <summary>containerd's Tasks service.</summary>
internal sealed partial class TasksService(ContainerEngine engine, TimeProvider time) : V1.Tasks.TasksBase
{
    private ITaskService Tasks => engine.Tasks;

    public override async Task<V1.CreateTaskResponse> Create(V1.CreateTaskRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        ContainerRecord container = engine.Database.Containers(space).Get(request.ContainerId);
        ContainerDefinition definition = ContainerDefinition.Of(container);
        TypedMessage? options = request.Options is { TypeUrl.Length: > 0 } ? TaskMessages.Typed(request.Options) : definition.Options;
        string restore = RuncOptions.RestorePath(TaskMessages.Typed(request.Options));
        using CheckpointDirectory? checkpoint = restore.Length > 0 || request.Checkpoint is null ? null
            : await CheckpointDirectory.ReadAsync(engine, space, Messages.Descriptor(request.Checkpoint), context.CancellationToken).ConfigureAwait(false);
        int pid = await Tasks.CreateAsync(space, new(container.Id, definition.Spec.Value, new(request.Stdin, request.Stdout, request.Stderr, request.Terminal))
        {
            Runtime = request.RuntimePath.Length > 0 ? request.RuntimePath : container.RuntimeName,
            Sandbox = container.SandboxId,
            Rootfs = [.. request.Rootfs.Select(mount => new MountEntry(mount.Type, mount.Source, mount.Target, [.. mount.Options]))],
            Options = options,
            Checkpoint = checkpoint?.Path ?? restore,
            OwnsCheckpoint = checkpoint is not null,
        }, context.CancellationToken).ConfigureAwait(false);
        return new() { ContainerId = container.Id, Pid = (uint)pid };
    }

    public override async Task<V1.StartResponse> Start(V1.StartRequest request, ServerCallContext context) =>
        new() { Pid = (uint)await Tasks.StartAsync(context.Namespace(), request.ContainerId, request.ExecId, context.CancellationToken).ConfigureAwait(false) };

    public override async Task<V1.DeleteResponse> Delete(V1.DeleteTaskRequest request, ServerCallContext context) =>
        Deleted("", await Tasks.DeleteAsync(context.Namespace(), request.ContainerId, "", context.CancellationToken).ConfigureAwait(false));

    public override async Task<V1.DeleteResponse> DeleteProcess(V1.DeleteProcessRequest request, ServerCallContext context)
    {
        if (request.ExecId.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "exec id cannot be empty");
        return Deleted(request.ExecId, await Tasks.DeleteAsync(context.Namespace(), request.ContainerId, request.ExecId, context.CancellationToken).ConfigureAwait(false));
    }

    public override async Task<V1.GetResponse> Get(V1.GetRequest request, ServerCallContext context)
    {
        string id = request.ExecId.Length > 0 ? request.ExecId : request.ContainerId;
        try
        {
            StateResponse state = await Tasks.StateAsync(context.Namespace(), request.ContainerId, request.ExecId, context.CancellationToken).ConfigureAwait(false);
            return new() { Process = TaskMessages.Message(id, state) };
        }
        catch (KeelsonException e) when (e.Kind != ErrorKind.NotFound)
        {
            // A shim that does not answer is a state, too: the caller can still kill or wait.
            return new() { Process = new() { Id = id, Status = Containerd.V1.Types.Status.Unknown } };
        }
    }

    public override Task<V1.ListTasksResponse> List(V1.ListTasksRequest request, ServerCallContext context)
    {
        V1.ListTasksResponse response = new();
        response.Tasks.AddRange(Tasks.List(context.Namespace()).Select(TaskMessages.Message));
        return Task.FromResult(response);
    }

    public override async Task<Empty> Kill(V1.KillRequest request, ServerCallContext context)
    {
        await Tasks.KillAsync(context.Namespace(), request.ContainerId, (int)Math.Min(request.Signal, int.MaxValue), request.ExecId, request.All, context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<Empty> Exec(V1.ExecProcessRequest request, ServerCallContext context)
    {
        TypedMessage spec = TaskMessages.Typed(Messages.Required(request.Spec, "process"))!;
        await Tasks.ExecAsync(context.Namespace(), new(request.ContainerId, request.ExecId, new(request.Stdin, request.Stdout, request.Stderr, request.Terminal), spec), context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<Empty> ResizePty(V1.ResizePtyRequest request, ServerCallContext context)
    {
        await Tasks.ResizeAsync(context.Namespace(), request.ContainerId, request.ExecId, request.Width, request.Height, context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<Empty> CloseIO(V1.CloseIORequest request, ServerCallContext context)
    {
        // Nothing but standard input can be closed.
        if (request.Stdin) await Tasks.CloseInputAsync(context.Namespace(), request.ContainerId, request.ExecId, context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<Empty> Pause(V1.PauseTaskRequest request, ServerCallContext context)
    {
        await Tasks.PauseAsync(context.Namespace(), request.ContainerId, context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<Empty> Resume(V1.ResumeTaskRequest request, ServerCallContext context)
    {
        await Tasks.ResumeAsync(context.Namespace(), request.ContainerId, context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<V1.ListPidsResponse> ListPids(V1.ListPidsRequest request, ServerCallContext context)
    {
        V1.ListPidsResponse response = new();
        foreach (TaskProcess process in await Tasks.ProcessesAsync(context.Namespace(), request.ContainerId, context.CancellationToken).ConfigureAwait(false))
            response.Processes.Add(new Containerd.V1.Types.ProcessInfo { Pid = (uint)process.Pid, Info = process.Details is null ? null : TaskMessages.Message(process.Details) });
        return response;
    }

    public override async Task<Empty> Update(V1.UpdateTaskRequest request, ServerCallContext context)
    {
        TypedMessage resources = TaskMessages.Typed(Messages.Required(request.Resources, "resources"))!;
        await Tasks.UpdateAsync(context.Namespace(), new(request.ContainerId, resources), context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<V1.WaitResponse> Wait(V1.WaitRequest request, ServerCallContext context)
    {
        ExitResponse exit = await Tasks.WaitAsync(context.Namespace(), request.ContainerId, request.ExecId, context.CancellationToken).ConfigureAwait(false);
        return new() { ExitStatus = (uint)exit.ExitStatus, ExitedAt = TaskMessages.Time(exit.ExitedAt) };
    }

    private static V1.DeleteResponse Deleted(string id, ExitResponse exit) =>
        new() { Id = id, Pid = (uint)exit.Pid, ExitStatus = (uint)exit.ExitStatus, ExitedAt = TaskMessages.Time(exit.ExitedAt) };
}
