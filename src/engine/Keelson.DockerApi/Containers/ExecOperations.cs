using Keelson.DockerApi.Connections;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;
using Keelson.Linux.Sys;

namespace Keelson.DockerApi.Containers;

/// <summary>Processes that are added to a running container.</summary>
internal sealed class ExecOperations(DockerApiServices services, CancellationToken stop)
{
    private readonly IContainerService containers = services.Containers;

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("POST", "/containers/{id}/exec", CreateAsync);
        routes.Add("POST", "/exec/{id}/start", StartAsync);
        routes.Add("POST", "/exec/{id}/resize", ResizeAsync);
        routes.Add("GET", "/exec/{id}/json", InspectAsync);
    }

    /// <summary>Adds what is not docker's: a start whose streams go over a websocket, for pages, which cannot take a connection over.</summary>
    public void AddTerminals(RouteTable routes) => routes.Add("GET", "/dashboard/exec/{id}/ws", StartWebSocketAsync);

    private async Task CreateAsync(Call call)
    {
        ExecOptions options = await call.ReadAsync(ContainerJson.Default.ExecOptions).ConfigureAwait(false);
        if (options.Cmd is not { Count: > 0 }) throw ApiException.BadRequest("No exec command specified");
        call.Note.Command = options.Cmd;
        ContainerInfo container = containers.Find(call);
        if (container.State.Status == ContainerStatus.Paused) throw ApiException.Conflict($"Container {call["id"]} is paused, unpause the container before exec");
        if (container.State.Status == ContainerStatus.Restarting) throw ApiException.Conflict($"Container {container.Id} is restarting, wait until the container is running");
        if (!container.State.IsRunning) throw ApiException.Conflict($"Container {container.Id} is not running");
        _ = new Docker.DetachKeys(options.DetachKeys);
        string id = await containers.CreateExecAsync(container.Id, options, call.Cancel).ConfigureAwait(false);
        await call.WriteAsync(new Docker.IdResponse { Id = id }, Docker.DockerJson.Default.IdResponse, 201).ConfigureAwait(false);
    }

    private async Task StartAsync(Call call)
    {
        Docker.ExecStartRequest request = call.HasBody ? await call.ReadAsync(Docker.DockerJson.Default.ExecStartRequest).ConfigureAwait(false) : new();
        ExecInfo exec = FindNew(call);
        if (request.Detach)
        {
            await containers.StartExecAsync(exec.Id, null, call.Cancel).ConfigureAwait(false);
            await call.StatusAsync(200).ConfigureAwait(false);
            return;
        }
        IAttachedStreams streams;
        try
        {
            streams = await StartWithStreamsAsync(exec, call).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            await AttachSession.RefuseAsync(call, exec.Options.Tty, e.FullMessage, services.Time, stop).ConfigureAwait(false);
            return;
        }
        await AttachSession.ServeAsync(call, streams, exec.Options.AttachStdin, exec.Options.DetachKeys ?? "", services.Time, stop).ConfigureAwait(false);
    }

    /// <summary>Who closes a page does not say so to the program in it: it hears that its terminal hung up.</summary>
    private async Task StartWebSocketAsync(Call call)
    {
        string key = WebSocketSession.Key(call.Http.Request);
        ExecInfo exec = FindNew(call);
        IAttachedStreams streams = await StartWithStreamsAsync(exec, call).ConfigureAwait(false);
        try
        {
            await WebSocketSession.ServeAsync(call, key, streams, exec.Options.AttachStdin, stop).ConfigureAwait(false);
        }
        finally
        {
            await HangUpAsync(exec.Id).ConfigureAwait(false);
        }
    }

    private async Task HangUpAsync(string id)
    {
        try
        {
            await containers.KillExecAsync(id, Signals.SIGHUP, CancellationToken.None).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Its container is gone, and it with it.
        }
    }

    private async Task<IAttachedStreams> StartWithStreamsAsync(ExecInfo exec, Call call)
    {
        AttachOptions attach = new() { Stdin = exec.Options.AttachStdin, Stdout = exec.Options.AttachStdout, Stderr = exec.Options.AttachStderr };
        return await containers.StartExecAsync(exec.Id, attach, call.Cancel).ConfigureAwait(false) ?? throw new ApiException(500, $"exec {exec.Id}: it has no streams");
    }

    private async Task ResizeAsync(Call call)
    {
        (uint columns, uint rows) = TerminalSize.Of(call);
        await containers.ResizeExecAsync(Find(call).Id, columns, rows, call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(200).ConfigureAwait(false);
    }

    private Task InspectAsync(Call call)
    {
        ExecInfo exec = Find(call);
        return call.WriteAsync(new Docker.ExecInspect
        {
            ID = exec.Id,
            Running = exec.IsRunning,
            ExitCode = exec.ExitCode,
            ProcessConfig = new()
            {
                Tty = exec.Options.Tty,
                Entrypoint = exec.Options.Cmd[0],
                Arguments = [.. exec.Options.Cmd.Skip(1)],
                Privileged = exec.Options.Privileged,
                User = exec.Options.User,
            },
            OpenStdin = exec.Options.AttachStdin,
            OpenStderr = exec.Options.AttachStderr,
            OpenStdout = exec.Options.AttachStdout,
            CanRemove = exec.ExitCode is not null,
            ContainerID = exec.ContainerId,
            DetachKeys = exec.Options.DetachKeys ?? "",
            Pid = exec.Pid,
        }, Docker.DockerJson.Default.ExecInspect);
    }

    /// <summary>One that was not started yet.</summary>
    private ExecInfo FindNew(Call call)
    {
        ExecInfo exec = Find(call);
        if (exec.IsRunning) throw ApiException.Conflict($"Error: Exec command {exec.Id} is already running");
        return exec.ExitCode is null ? exec : throw ApiException.Conflict($"Error: Exec command {exec.Id} has already run");
    }

    private ExecInfo Find(Call call)
    {
        try
        {
            return containers.GetExec(call["id"]);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            throw new ApiException(404, $"No such exec instance: {call["id"]}", e);
        }
    }
}
