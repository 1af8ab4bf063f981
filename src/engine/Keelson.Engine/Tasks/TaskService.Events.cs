using Keelson.Engine.Tasks.Events;
using Keelson.Shim.Api;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Engine.Tasks;

/// <summary>What the events of shims tell of tasks.</summary>
internal sealed partial class TaskService
{
    /// <summary>Takes an event over into the state of its task, before others are told of it.</summary>
    private void Noticed(TaskNotice notice)
    {
        if (table.Find(notice.Space, notice.Id) is not { } entry) return;
        switch (notice.Kind)
        {
            case TaskNoticeKind.Create: entry.Note(TaskStatus.Created, notice.At, notice.Pid); break;
            case TaskNoticeKind.Start: entry.Note(TaskStatus.Running, notice.At, notice.Pid); break;
            case TaskNoticeKind.Paused: entry.Note(TaskStatus.Paused, notice.At); break;
            case TaskNoticeKind.Resumed: entry.Note(TaskStatus.Running, notice.At); break;
            // The end of a process that was added has another name in it.
            case TaskNoticeKind.Exit when notice.ProcessId == notice.Id:
                entry.IsExitTold = true;
                entry.NoteExit(new ExitResponse(notice.Pid, notice.ExitStatus, notice.ExitedAt));
                break;
        }
    }
}
