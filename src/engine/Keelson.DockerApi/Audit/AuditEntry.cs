using Keelson.DockerApi.Access;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;
using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Audit;

/// <summary>A request on its way into the audit log.</summary>
internal sealed class AuditEntry(AuditLog log, string socket, DockerApiServices services, HttpContext http)
{
    private readonly DateTimeOffset begun = services.Time.GetUtcNow();
    private readonly long mark = services.Time.GetTimestamp();
    private readonly AuditNote note = AuditNote.Of(http);
    private readonly Caller caller = Caller.Of(http);
    private bool isChange = !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method);

    /// <summary>Notes what the request is about, while that is still there.</summary>
    /// <param name="operation">The operation's name in the table of routes.</param>
    /// <param name="values">What stands in its path.</param>
    public void Begin(string operation, IReadOnlyList<KeyValuePair<string, string>> values)
    {
        isChange |= OperationClasses.Of(operation) is OperationClass.Containers or OperationClass.Engine;
        if (!isChange || values.FirstOrDefault(value => value.Key == "id").Value is not { } id) return;
        try
        {
            if (operation.Contains("/containers/", StringComparison.Ordinal)) note.ContainerId = services.Containers.Get(id.TrimStart('/')).Id;
            else if (operation.Contains("/exec/", StringComparison.Ordinal))
            {
                ExecInfo exec = services.Containers.GetExec(id);
                (note.ContainerId, note.Command) = (exec.ContainerId, exec.Options.Cmd);
            }
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.InvalidArgument)
        {
            // The operation says so to the client, and its status says so in the log.
        }
    }

    /// <summary>Writes the line, if the request was to change something.</summary>
    public void End()
    {
        if (!isChange) return;
        log.Write(new()
        {
            Time = begun,
            Socket = socket,
            Uid = caller.Peer?.UserId,
            Gid = caller.Peer?.GroupId,
            Pid = caller.Peer?.ProcessId,
            Subject = caller.Certificate?.Subject,
            Method = http.Request.Method,
            Path = http.Request.Path.Value ?? "/",
            Status = note.IsTakenOver ? 101 : http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted ? 0 : http.Response.StatusCode,
            Container = note.ContainerId,
            Exec = note.Command,
            Milliseconds = Math.Round(services.Time.GetElapsedTime(mark).TotalMilliseconds, 3),
        });
    }
}
