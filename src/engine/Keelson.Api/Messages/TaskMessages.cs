using Containerd.V1.Types;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Keelson.Engine.Tasks;
using Keelson.Shim.Api;

namespace Keelson.Api;

/// <summary>Tasks as messages.</summary>
internal static class TaskMessages
{
    /// <summary>A task of a list.</summary>
    public static Process Message(TaskSummary task) => Message(task.Id, task.Pid, (Status)task.Status, task.Stdio, task.ExitStatus, task.ExitedAt);

    /// <summary>A process as its shim describes it.</summary>
    /// <param name="id">Its name: of the container, or of the process that was added.</param>
    /// <param name="state">What the shim says.</param>
    public static Process Message(string id, StateResponse state) => Message(id, state.Pid, (Status)state.Status, state.Stdio, state.ExitStatus, state.ExitedAt);

    /// <summary>A message with its type; <see langword="null"/> for none.</summary>
    public static TypedMessage? Typed(Any? message) => message is null ? null : new(message.TypeUrl, message.Value.Memory);

    /// <summary>A message with its type.</summary>
    public static Any Message(TypedMessage message) => new() { TypeUrl = message.TypeUrl, Value = UnsafeByteOperations.UnsafeWrap(message.Value) };

    /// <summary>A time; <see langword="null"/> for one that is not known.</summary>
    public static Timestamp? Time(DateTimeOffset? time) => time is { } known ? Messages.Time(known) : null;

    private static Process Message(string id, int pid, Status status, StdioPaths stdio, int exitStatus, DateTimeOffset? exitedAt) => new()
    {
        Id = id, Pid = (uint)pid, Status = status, Stdin = stdio.Stdin, Stdout = stdio.Stdout, Stderr = stdio.Stderr, Terminal = stdio.Terminal,
        ExitStatus = (uint)exitStatus, ExitedAt = Time(exitedAt),
    };
}
