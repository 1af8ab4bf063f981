using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Containers;

/// <summary>What changes a container's state, and what waits for it.</summary>
internal sealed class ContainerStateOperations(DockerApiServices services)
{
    private readonly IContainerService containers = services.Containers;

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("POST", "/containers/{id}/start", StartAsync);
        routes.Add("POST", "/containers/{id}/stop", StopAsync);
        routes.Add("POST", "/containers/{id}/restart", RestartAsync);
        routes.Add("POST", "/containers/{id}/kill", KillAsync);
        routes.Add("POST", "/containers/{id}/pause", PauseAsync);
        routes.Add("POST", "/containers/{id}/unpause", ResumeAsync);
        routes.Add("POST", "/containers/{id}/resize", ResizeAsync);
        routes.Add("POST", "/containers/{id}/wait", WaitAsync);
    }

    private async Task StartAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        if (container.State.Status == ContainerStatus.Paused) throw ApiException.Conflict("cannot start a paused container, try unpause instead");
        if (call.Query.Has("checkpoint") && call.Query["checkpoint"].Length > 0) throw ApiException.NotImplemented("this engine does not start containers from checkpoints");
        await call.StatusAsync(await containers.StartAsync(container.Id, call.Cancel).ConfigureAwait(false) ? 204 : 304).ConfigureAwait(false);
    }

    private async Task StopAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        bool ran = await containers.StopAsync(container.Id, Timeout(call), Signal(call), call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(ran ? 204 : 304).ConfigureAwait(false);
    }

    private async Task RestartAsync(Call call)
    {
        await containers.RestartAsync(containers.Find(call).Id, Timeout(call), Signal(call), call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(204).ConfigureAwait(false);
    }

    private async Task KillAsync(Call call)
    {
        string signal = call.Query["signal"];
        if (signal.Length > 0 && Linux.Sys.Signals.Parse(signal) <= 0) throw ApiException.BadRequest($"Invalid signal: {signal}");
        ContainerInfo container;
        try
        {
            container = containers.Find(call);
        }
        catch (ApiException e)
        {
            throw new ApiException(e.Status, $"Cannot kill container: {call["id"]}: {e.Message}", e);
        }
        if (!container.State.IsRunning) throw ApiException.Conflict($"Cannot kill container: {call["id"]}: Container {container.Id} is not running");
        await containers.KillAsync(container.Id, signal.Length > 0 ? signal : "KILL", call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(204).ConfigureAwait(false);
    }

    private async Task PauseAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        if (container.State.Status == ContainerStatus.Paused) throw ApiException.Conflict($"Container {container.Id} is already paused");
        if (!container.State.IsRunning) throw ApiException.Conflict($"Container {container.Id} is not running");
        await containers.PauseAsync(container.Id, call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(204).ConfigureAwait(false);
    }

    private async Task ResumeAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        if (container.State.Status != ContainerStatus.Paused) throw new ApiException(500, $"Container {container.Id} is not paused");
        await containers.ResumeAsync(container.Id, call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(204).ConfigureAwait(false);
    }

    private async Task ResizeAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        (uint columns, uint rows) = TerminalSize.Of(call);
        if (!container.State.IsRunning) throw ApiException.Conflict($"Container {container.Id} is not running");
        await containers.ResizeAsync(container.Id, columns, rows, call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(200).ConfigureAwait(false);
    }

    private async Task WaitAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        WaitCondition condition = call.Query["condition"] switch
        {
            "" or "not-running" => WaitCondition.NotRunning,
            "next-exit" => WaitCondition.NextExit,
            "removed" => WaitCondition.Removed,
            string other => throw ApiException.BadRequest($"invalid condition: \"{other}\""),
        };
        // The wait begins before the answer does: the client starts the container when it has seen the answer begin.
        Task<ContainerExit> exit = containers.WaitAsync(container.Id, condition, call.Cancel);
        Stream body = await call.StreamAsync("application/json").ConfigureAwait(false);
        ContainerExit ended = await exit.ConfigureAwait(false);
        // A container that is gone has no error left, as with dockerd: its client would take it for a failed wait.
        bool hasError = ended.Error.Length > 0 && condition != WaitCondition.Removed;
        await new JsonStream<Docker.ContainerWaitResponse>(body, Docker.DockerJson.Default.ContainerWaitResponse)
            .WriteAsync(new() { StatusCode = ended.ExitCode, Error = hasError ? new() { Message = ended.Error } : null }, call.Cancel).ConfigureAwait(false);
    }

    private static TimeSpan? Timeout(Call call) => call.Query.Integer("t") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static string? Signal(Call call) => call.Query["signal"] is { Length: > 0 } signal ? signal : null;
}
