using Keelson.Protobuf;
using Keelson.Shim.Api;

namespace Keelson.Shim.Events;

/// <summary>The events of a task: <c>containerd.events</c>.</summary>
public static class TaskEvents
{
    /// <summary>A container was made.</summary>
    public static TaskEvent Create(CreateRequest request, int pid)
    {
        ProtobufWriter io = new(), message = Container(request.Id);
        io.TextIfSet(1, request.Stdio.Stdin);
        io.TextIfSet(2, request.Stdio.Stdout);
        io.TextIfSet(3, request.Stdio.Stderr);
        io.Switch(4, request.Stdio.Terminal);
        message.TextIfSet(2, request.Bundle);
        foreach (MountEntry mount in request.Rootfs) message.Message(3, mount.Write());
        message.Message(4, io);
        message.TextIfSet(5, request.Checkpoint);
        message.NumberIfSet(6, pid);
        return new TaskEvent("/tasks/create", "TaskCreate", message.ToArray());
    }

    /// <summary>Its first process runs.</summary>
    public static TaskEvent Start(string id, int pid)
    {
        ProtobufWriter message = Container(id);
        message.NumberIfSet(2, pid);
        return new TaskEvent("/tasks/start", "TaskStart", message.ToArray());
    }

    /// <summary>A process ended.</summary>
    /// <param name="id">The container.</param>
    /// <param name="processId">The process in it: the container's own ID for the first one.</param>
    /// <param name="exit">How it ended.</param>
    public static TaskEvent Exit(string id, string processId, ExitResponse exit)
    {
        ProtobufWriter message = Container(id);
        message.TextIfSet(2, processId);
        message.NumberIfSet(3, exit.Pid);
        message.NumberIfSet(4, exit.ExitStatus);
        message.Time(5, exit.ExitedAt);
        return new TaskEvent("/tasks/exit", "TaskExit", message.ToArray());
    }

    /// <summary>A container was removed.</summary>
    public static TaskEvent Delete(string id, ExitResponse exit)
    {
        ProtobufWriter message = Container(id);
        message.NumberIfSet(2, exit.Pid);
        message.NumberIfSet(3, exit.ExitStatus);
        message.Time(4, exit.ExitedAt);
        return new TaskEvent("/tasks/delete", "TaskDelete", message.ToArray());
    }

    /// <summary>A process was added.</summary>
    public static TaskEvent ExecAdded(string id, string execId)
    {
        ProtobufWriter message = Container(id);
        message.TextIfSet(2, execId);
        return new TaskEvent("/tasks/exec-added", "TaskExecAdded", message.ToArray());
    }

    /// <summary>A process that was added runs.</summary>
    public static TaskEvent ExecStarted(string id, string execId, int pid)
    {
        ProtobufWriter message = Container(id);
        message.TextIfSet(2, execId);
        message.NumberIfSet(3, pid);
        return new TaskEvent("/tasks/exec-started", "TaskExecStarted", message.ToArray());
    }

    /// <summary>The processes were saved.</summary>
    public static TaskEvent Checkpointed(string id, string checkpoint)
    {
        ProtobufWriter message = Container(id);
        message.TextIfSet(2, checkpoint);
        return new TaskEvent("/tasks/checkpointed", "TaskCheckpointed", message.ToArray());
    }

    /// <summary>The kernel killed a process of it for want of memory.</summary>
    public static TaskEvent OutOfMemory(string id) => new("/tasks/oom", "TaskOOM", Container(id).ToArray());

    /// <summary>All its processes stand still.</summary>
    public static TaskEvent Paused(string id) => new("/tasks/paused", "TaskPaused", Container(id).ToArray());

    /// <summary>Its processes go on.</summary>
    public static TaskEvent Resumed(string id) => new("/tasks/resumed", "TaskResumed", Container(id).ToArray());

    private static ProtobufWriter Container(string id)
    {
        ProtobufWriter message = new();
        message.TextIfSet(1, id);
        return message;
    }
}
