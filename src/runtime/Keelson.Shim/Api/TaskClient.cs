using Keelson.Protobuf;
using Keelson.Ttrpc;

namespace Keelson.Shim.Api;

/// <summary>Calls a shim, ours or another's: <c>containerd.task.v2.Task</c>.</summary>
/// <param name="connection">The connection; it stays the caller's.</param>
/// <remarks>Every method throws a <see cref="TtrpcException"/> with the shim's own words: NotFound, AlreadyExists, FailedPrecondition, …</remarks>
public sealed class TaskClient(TtrpcClient connection)
{
    private const string Service = "containerd.task.v2.Task";

    /// <summary>Makes a container; its first process waits for <see cref="StartAsync"/>.</summary>
    /// <returns>Its process ID.</returns>
    public async Task<int> CreateAsync(CreateRequest request, CancellationToken cancellationToken = default) =>
        (int)Number(await CallAsync("Create", request.ToBytes(), cancellationToken).ConfigureAwait(false), field: 1);

    /// <summary>Starts a process.</summary>
    /// <returns>Its process ID.</returns>
    public async Task<int> StartAsync(string id, string execId = "", CancellationToken cancellationToken = default) =>
        (int)Number(await CallAsync("Start", new ProcessRequest(id, execId).ToBytes(), cancellationToken).ConfigureAwait(false), field: 1);

    /// <summary>What a process is doing.</summary>
    public async Task<StateResponse> StateAsync(string id, string execId = "", CancellationToken cancellationToken = default) =>
        StateResponse.Parse((await CallAsync("State", new ProcessRequest(id, execId).ToBytes(), cancellationToken).ConfigureAwait(false)).Span);

    /// <summary>Waits for the end of a process.</summary>
    public async Task<ExitResponse> WaitAsync(string id, string execId = "", CancellationToken cancellationToken = default) =>
        ExitResponse.ParseWait((await CallAsync("Wait", new ProcessRequest(id, execId).ToBytes(), cancellationToken).ConfigureAwait(false)).Span);

    /// <summary>Removes a process that has ended; with the first one, the container.</summary>
    public async Task<ExitResponse> DeleteAsync(string id, string execId = "", CancellationToken cancellationToken = default) =>
        ExitResponse.ParseDelete((await CallAsync("Delete", new ProcessRequest(id, execId).ToBytes(), cancellationToken).ConfigureAwait(false)).Span);

    /// <summary>Adds a process, for <see cref="StartAsync"/> to run.</summary>
    public Task ExecAsync(ExecRequest request, CancellationToken cancellationToken = default) => CallAsync("Exec", request.ToBytes(), cancellationToken);

    /// <summary>Sends a signal.</summary>
    public Task KillAsync(string id, int signal, string execId = "", bool all = false, CancellationToken cancellationToken = default) =>
        CallAsync("Kill", new ControlRequest(id, execId, (uint)signal, all ? 1u : 0).ToBytes(), cancellationToken);

    /// <summary>Gives a terminal a size.</summary>
    public Task ResizeAsync(string id, string execId, uint columns, uint rows, CancellationToken cancellationToken = default) =>
        CallAsync("ResizePty", new ControlRequest(id, execId, columns, rows).ToBytes(), cancellationToken);

    /// <summary>Ends standard input once its writer has closed it.</summary>
    public Task CloseInputAsync(string id, string execId = "", CancellationToken cancellationToken = default) =>
        CallAsync("CloseIO", new ControlRequest(id, execId, 1).ToBytes(), cancellationToken);

    /// <summary>Stops all processes.</summary>
    public Task PauseAsync(string id, CancellationToken cancellationToken = default) => CallAsync("Pause", new ProcessRequest(id).ToBytes(), cancellationToken);

    /// <summary>Lets all processes go on.</summary>
    public Task ResumeAsync(string id, CancellationToken cancellationToken = default) => CallAsync("Resume", new ProcessRequest(id).ToBytes(), cancellationToken);

    /// <summary>Changes the limits.</summary>
    public Task UpdateAsync(UpdateRequest request, CancellationToken cancellationToken = default) => CallAsync("Update", request.ToBytes(), cancellationToken);

    /// <summary>The processes of the container.</summary>
    public async Task<IReadOnlyList<TaskProcess>> ProcessesAsync(string id, CancellationToken cancellationToken = default) =>
        TaskProcess.ParseAll((await CallAsync("Pids", new ProcessRequest(id).ToBytes(), cancellationToken).ConfigureAwait(false)).Span);

    /// <summary>What the kernel counts: <c>io.containerd.cgroups.v1.Metrics</c> or <c>v2.Metrics</c>.</summary>
    public async Task<TypedMessage> StatsAsync(string id, CancellationToken cancellationToken = default) =>
        Message((await CallAsync("Stats", new ProcessRequest(id).ToBytes(), cancellationToken).ConfigureAwait(false)).Span);

    /// <summary>Saves the processes.</summary>
    public Task CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken = default) => CallAsync("Checkpoint", request.ToBytes(), cancellationToken);

    /// <summary>Asks for the shim's own process ID; a shim answers for containers that it does not know, too.</summary>
    public async Task<int> ConnectAsync(string id, CancellationToken cancellationToken = default) =>
        (int)Number(await CallAsync("Connect", new ProcessRequest(id).ToBytes(), cancellationToken).ConfigureAwait(false), field: 1);

    /// <summary>Lets the shim end if it has nothing left to do.</summary>
    public Task ShutdownAsync(string id, CancellationToken cancellationToken = default) => CallAsync("Shutdown", new ProcessRequest(id).ToBytes(), cancellationToken);

    private Task<ReadOnlyMemory<byte>> CallAsync(string method, byte[] payload, CancellationToken cancellationToken) =>
        connection.CallAsync(new TtrpcRequest(Service, method, payload), cancellationToken);

    private static long Number(ReadOnlyMemory<byte> message, int field)
    {
        ProtobufReader reader = new(message.Span);
        while (reader.Next())
            if (reader.Field == field)
                return reader.Number;
        return 0;
    }

    private static TypedMessage Message(ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
            if (reader.Field == 1)
                return TypedMessage.Parse(reader.Bytes);
        return new TypedMessage("", default);
    }
}
