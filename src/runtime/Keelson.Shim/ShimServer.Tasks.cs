using Keelson.Linux.Sys;
using Keelson.Protobuf;
using Keelson.Shim.Api;
using Keelson.Shim.Events;
using Keelson.Shim.Tasks;

namespace Keelson.Shim;

/// <summary>The seventeen methods of <c>containerd.task.v2.Task</c>.</summary>
internal sealed partial class ShimServer
{
    private Task<byte[]> ServeTaskAsync(string method, ReadOnlyMemory<byte> payload, CancellationToken closed) => method switch
    {
        "State" => Answer(State(ProcessRequest.Parse(payload.Span))),
        "Create" => CreateAsync(CreateRequest.Parse(payload.Span)),
        "Start" => StartAsync(ProcessRequest.Parse(payload.Span)),
        "Delete" => DeleteAsync(ProcessRequest.Parse(payload.Span)),
        "Pids" => PidsAsync(ProcessRequest.Parse(payload.Span)),
        "Pause" => DoneAsync(Find(ProcessRequest.Parse(payload.Span).Id).PauseAsync()),
        "Resume" => DoneAsync(Find(ProcessRequest.Parse(payload.Span).Id).ResumeAsync()),
        "Checkpoint" => CheckpointAsync(CheckpointRequest.Parse(payload.Span)),
        "Kill" => KillAsync(ControlRequest.Parse(payload.Span)),
        "Exec" => Answer(Exec(ExecRequest.Parse(payload.Span))),
        "ResizePty" => Answer(Resize(ControlRequest.Parse(payload.Span))),
        "CloseIO" => Answer(CloseIO(ControlRequest.Parse(payload.Span))),
        "Update" => UpdateAsync(UpdateRequest.Parse(payload.Span)),
        "Wait" => WaitAsync(ProcessRequest.Parse(payload.Span), closed),
        "Stats" => Answer(Stats(ProcessRequest.Parse(payload.Span))),
        "Connect" => Answer(Connect(ProcessRequest.Parse(payload.Span))),
        "Shutdown" => Answer(Shutdown()),
        _ => throw new KeelsonException(ErrorKind.Unsupported, $"method {TaskService}/{method}: it is not served here"),
    };

    private static Task<byte[]> Answer(byte[] result) => Task.FromResult(result);

    private static async Task<byte[]> DoneAsync(Task task)
    {
        await task;
        return [];
    }

    private ShimContainer Find(string id) =>
        containers.TryGetValue(id, out ShimContainer? container) ? container : throw new KeelsonException(ErrorKind.NotFound, $"container {id} does not exist: not found");

    private byte[] State(ProcessRequest request)
    {
        ShimContainer container = Find(request.Id);
        ShimProcess process = container.Find(request.ExecId);
        return new StateResponse(container.Id, process.Id, container.Bundle, process.Pid, process.Status, process.Stdio, process.Exit?.ExitStatus ?? 0, process.Exit?.ExitedAt).ToBytes();
    }

    private async Task<byte[]> CreateAsync(CreateRequest request)
    {
        CheckName(request.Id);
        if (containers.ContainsKey(request.Id) || sandboxes.ContainsKey(request.Id) || !creating.Add(request.Id)) throw new KeelsonException(ErrorKind.AlreadyExists, $"container {request.Id} already exists");
        try
        {
            ShimContainer container = await ShimContainer.CreateAsync(context, request);
            containers.Add(request.Id, container);
            wasUsed = true;
            events.Publish(TaskEvents.Create(request, container.Init.Pid));
            return Pid(container.Init.Pid);
        }
        finally
        {
            creating.Remove(request.Id);
            Release(request.Id);
        }
    }

    private async Task<byte[]> StartAsync(ProcessRequest request) => Pid(await Find(request.Id).StartAsync(request.ExecId));

    private async Task<byte[]> DeleteAsync(ProcessRequest request)
    {
        ShimContainer container = Find(request.Id);
        ExitResponse exit = await container.DeleteAsync(request.ExecId);
        if (request.ExecId.Length == 0) containers.Remove(request.Id);
        return exit.ToDeleteBytes();
    }

    private async Task<byte[]> PidsAsync(ProcessRequest request)
    {
        ProtobufWriter response = new();
        foreach ((int pid, string execId) in await Find(request.Id).ProcessesAsync())
        {
            ProtobufWriter process = new();
            process.NumberIfSet(1, pid);
            if (execId.Length > 0)
            {
                ProtobufWriter details = new();
                details.Text(1, execId);
                process.Message(2, new TypedMessage("containerd.runc.v1.ProcessDetails", details.ToArray()).Write());
            }
            response.Message(1, process);
        }
        return response.ToArray();
    }

    private async Task<byte[]> CheckpointAsync(CheckpointRequest request)
    {
        await Find(request.Id).CheckpointAsync(request);
        return [];
    }

    private async Task<byte[]> KillAsync(ControlRequest request)
    {
        if (request.First > Signals.SIGRTMAX) throw new KeelsonException(ErrorKind.InvalidArgument, $"kill: {request.First} is no signal");
        await Find(request.Id).KillAsync(request.ExecId, (int)request.First, request.Second != 0);
        return [];
    }

    private byte[] Exec(ExecRequest request)
    {
        Find(request.Id).Add(request);
        return [];
    }

    private byte[] Resize(ControlRequest request)
    {
        ShimProcess process = Find(request.Id).Find(request.ExecId);
        if (process.Io is { } io) io.Resize((ushort)Math.Min(request.First, ushort.MaxValue), (ushort)Math.Min(request.Second, ushort.MaxValue));
        return [];
    }

    private byte[] CloseIO(ControlRequest request)
    {
        ShimProcess process = Find(request.Id).Find(request.ExecId);
        if (request.First != 0) process.Io?.CloseStdin();
        return [];
    }

    private async Task<byte[]> UpdateAsync(UpdateRequest request)
    {
        await Find(request.Id).UpdateAsync(request.Resources);
        return [];
    }

    private async Task<byte[]> WaitAsync(ProcessRequest request, CancellationToken closed) =>
        (await Find(request.Id).Find(request.ExecId).Exited.WaitAsync(closed)).ToWaitBytes();

    private byte[] Stats(ProcessRequest request)
    {
        ProtobufWriter response = new();
        response.Message(1, Find(request.Id).Stats().Write());
        return response.ToArray();
    }

    private byte[] Connect(ProcessRequest request)
    {
        ProtobufWriter response = new();
        response.Number(1, Processes.CurrentId);
        if (containers.TryGetValue(request.Id, out ShimContainer? container)) response.NumberIfSet(2, container.Init.Pid);
        response.Text(3, "v2");
        return response.ToArray();
    }

    /// <summary>The daemon has done with a container. While there are others, the shim goes on.</summary>
    private byte[] Shutdown()
    {
        isEnding |= IsIdle;
        return [];
    }

    private static byte[] Pid(int pid)
    {
        ProtobufWriter response = new();
        response.NumberIfSet(1, pid);
        return response.ToArray();
    }
}
