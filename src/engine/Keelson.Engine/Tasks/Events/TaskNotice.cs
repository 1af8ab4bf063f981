using Keelson.Content;
using Keelson.Protobuf;
using Keelson.Shim.Api;

namespace Keelson.Engine.Tasks.Events;

/// <summary>An event about a task, as far as it changes the task's state.</summary>
internal sealed record TaskNotice(string Space, TaskNoticeKind Kind, string Id, string ProcessId, int Pid, int ExitStatus, DateTimeOffset? ExitedAt, DateTimeOffset At)
{
    /// <summary>Reads an event; <see langword="null"/> for one that changes nothing.</summary>
    /// <exception cref="KeelsonException">DataLoss: its message is damaged.</exception>
    public static TaskNotice? Of(EventDraft draft)
    {
        TaskNoticeKind kind = draft.Topic switch
        {
            "/tasks/create" => TaskNoticeKind.Create,
            "/tasks/start" => TaskNoticeKind.Start,
            "/tasks/exit" => TaskNoticeKind.Exit,
            "/tasks/paused" => TaskNoticeKind.Paused,
            "/tasks/resumed" => TaskNoticeKind.Resumed,
            _ => TaskNoticeKind.Other,
        };
        if (kind == TaskNoticeKind.Other) return null;
        // Where the process ID stands: TaskCreate 6, TaskStart 2, TaskExit 3, after the name of the process.
        int pidField = kind switch { TaskNoticeKind.Create => 6, TaskNoticeKind.Start => 2, TaskNoticeKind.Exit => 3, _ => 0 };
        string id = "", process = "";
        int pid = 0, status = 0;
        DateTimeOffset? exitedAt = null;
        ProtobufReader reader = new(draft.Payload.Span);
        while (reader.Next())
        {
            if (reader.Field == 1) id = reader.Text;
            else if (reader.Field == pidField) pid = (int)reader.Number;
            else if (kind != TaskNoticeKind.Exit) continue;
            else if (reader.Field == 2) process = reader.Text;
            else if (reader.Field == 4) status = (int)reader.Number;
            else if (reader.Field == 5) exitedAt = Timestamps.Parse(reader.Bytes);
        }
        return new(draft.Namespace, kind, id, process, pid, status, exitedAt, draft.Timestamp);
    }
}
