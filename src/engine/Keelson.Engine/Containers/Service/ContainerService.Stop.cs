using Keelson.Engine.Tasks;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Stopping, killing, freezing and waiting.</summary>
internal sealed partial class ContainerService
{
    private const int DefaultStopSeconds = 10;

    public async Task<bool> StopAsync(string nameOrId, TimeSpan? timeout = null, string? signal = null, CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        int number = signal is null ? StopSignal(container) : SettingsCheck.Signal(signal);
        Task<ContainerExit> ended;
        using (await container.EnterAsync(cancel).ConfigureAwait(false))
        {
            if (!await BeginStopAsync(container).ConfigureAwait(false)) return false;
            ended = container.NextExit;
            await SendAsync(container, number).ConfigureAwait(false);
        }
        await EndInTimeAsync(container, ended, timeout, cancel).ConfigureAwait(false);
        return true;
    }

    /// <summary>Ends all that run, because the machine goes down. Nobody has stopped them by hand: the next engine starts them if their policies say so. Nothing is started any more.</summary>
    public async Task StopAllAsync()
    {
        isGoingDown = true;
        await Task.WhenAll(table.All.Select(container => TryAsync($"stop container {container.Id}", () => GoDownAsync(container)))).ConfigureAwait(false);
    }

    /// <summary>How long <see cref="StopAllAsync"/> takes when no container hears its signal; <see cref="Timeout.InfiniteTimeSpan"/>: one is not to be killed.</summary>
    public TimeSpan StopLimit
    {
        get
        {
            TimeSpan[] limits = [.. table.All.Where(container => container.Info.State.IsRunning).Select(container => LimitOf(container, null))];
            return limits.Contains(Timeout.InfiniteTimeSpan) ? Timeout.InfiniteTimeSpan : limits.DefaultIfEmpty().Max() + TaskService.KillLimit;
        }
    }

    private async Task GoDownAsync(ManagedContainer container)
    {
        Task<ContainerExit> ended;
        using (await container.EnterAsync(stop.Token).ConfigureAwait(false))
        {
            CancelRestart(container);
            if (!container.Info.State.IsRunning) return;
            ended = container.NextExit;
            await SendAsync(container, StopSignal(container)).ConfigureAwait(false);
        }
        await EndInTimeAsync(container, ended, null, stop.Token).ConfigureAwait(false);
    }

    private static int StopSignal(ManagedContainer container) => SettingsCheck.Signal(container.Info.Settings.StopSignal ?? "SIGTERM");

    private static TimeSpan LimitOf(ManagedContainer container, TimeSpan? asked)
    {
        TimeSpan limit = asked ?? TimeSpan.FromSeconds(container.Info.Settings.StopTimeoutSeconds ?? DefaultStopSeconds);
        return limit < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : limit;
    }

    /// <summary>Waits for the end of a container that was sent its signal, and kills it when that takes too long.</summary>
    private async Task EndInTimeAsync(ManagedContainer container, Task<ContainerExit> ended, TimeSpan? limit, CancellationToken cancel)
    {
        try
        {
            await ended.WaitAsync(LimitOf(container, limit), options.Time, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Who asked may have left; the container is stopped in any case.
            await TryKillAsync(container.Id, Signals.SIGKILL).ConfigureAwait(false);
            await EndAsync(container, ended).ConfigureAwait(false);
        }
        if (!container.IsRemoved) await TellAsync(container.Info, "stop").ConfigureAwait(false);
    }

    public async Task RestartAsync(string nameOrId, TimeSpan? timeout = null, string? signal = null, CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        if (container.Info.Host.AutoRemove && container.Info.State.IsRunning)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"container {container.Info.ShortId} is removed when it ends and cannot be restarted");
        await StopAsync(container.Id, timeout, signal, cancel).ConfigureAwait(false);
        await StartAsync(container.Id, CancellationToken.None).ConfigureAwait(false);
        await TellAsync(container.Info, "restart").ConfigureAwait(false);
    }

    public async Task KillAsync(string nameOrId, string signal = "KILL", CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        int number = SettingsCheck.Signal(signal.Length == 0 ? "KILL" : signal);
        Task<ContainerExit> ended;
        using (await container.EnterAsync(cancel).ConfigureAwait(false))
        {
            if (!container.Info.State.IsRunning)
            {
                // One that waits for its restart is not started any more.
                if (container.Restart is not null && await BeginStopAsync(container).ConfigureAwait(false) is false) return;
                throw new KeelsonException(ErrorKind.FailedPrecondition, $"Cannot kill container: {nameOrId}: Container {container.Id} is not running");
            }
            ended = container.NextExit;
            bool isEnd = number == Signals.SIGKILL || number == StopSignal(container);
            if (isEnd) await BeginStopAsync(container).ConfigureAwait(false);
            await SendAsync(container, number).ConfigureAwait(false);
        }
        if (number == Signals.SIGKILL) await EndAsync(container, ended).ConfigureAwait(false);
    }

    public async Task PauseAsync(string nameOrId, CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        using IDisposable turn = await container.EnterAsync(cancel).ConfigureAwait(false);
        ContainerInfo info = container.Info;
        if (info.State.Status == ContainerStatus.Paused) throw new KeelsonException(ErrorKind.FailedPrecondition, $"Container {info.Id} is already paused");
        if (!info.State.IsRunning) throw NotRunning(info);
        await tasks.PauseAsync(Namespace, info.Id, stop.Token).ConfigureAwait(false);
        await ChangeAsync(container, info with { State = info.State with { Status = ContainerStatus.Paused } }, [Event(info, "pause")], isLazy: true).ConfigureAwait(false);
    }

    public async Task ResumeAsync(string nameOrId, CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        using IDisposable turn = await container.EnterAsync(cancel).ConfigureAwait(false);
        ContainerInfo info = container.Info;
        if (info.State.Status != ContainerStatus.Paused) throw new KeelsonException(ErrorKind.FailedPrecondition, $"Container {info.Id} is not paused");
        await ThawAsync(container).ConfigureAwait(false);
    }

    public Task<ContainerExit> WaitAsync(string nameOrId, WaitCondition condition = WaitCondition.NotRunning, CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        // The next end is taken first: one that comes between the two looks is not missed.
        Task<ContainerExit> next = container.NextExit;
        ContainerState state = container.Info.State;
        if (condition == WaitCondition.Removed) return container.Removed.Task.WaitAsync(cancel);
        bool isOver = condition == WaitCondition.NotRunning && !state.IsRunning && state.Status != ContainerStatus.Restarting;
        return isOver ? Task.FromResult(new ContainerExit(state.ExitCode, state.Error)) : Either(next, container).WaitAsync(cancel);
    }

    private static async Task<ContainerExit> Either(Task<ContainerExit> next, ManagedContainer container) => await (await Task.WhenAny(next, container.Removed.Task).ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>Notes that somebody wants it stopped. The caller has the turn.</summary>
    /// <returns>Whether it runs.</returns>
    private async Task<bool> BeginStopAsync(ManagedContainer container)
    {
        ContainerInfo info = container.Info;
        bool waits = container.Restart is not null || info.State.Status == ContainerStatus.Restarting;
        CancelRestart(container);
        ContainerState state = info.State with { IsStoppedByHand = true, Status = waits ? ContainerStatus.Exited : info.State.Status };
        // Written only where somebody would look at it after a crash.
        bool matters = info.Host.RestartPolicy.Name is not ("" or "no");
        if (matters && state != info.State) await ChangeAsync(container, info with { State = state }, [], isLazy: true).ConfigureAwait(false);
        else container.Info = info with { State = state };
        return info.State.IsRunning;
    }

    /// <summary>Sends a signal and announces it. The caller has the turn.</summary>
    private async Task SendAsync(ManagedContainer container, int signal)
    {
        bool isFrozen = container.Info.State.Status == ContainerStatus.Paused;
        try
        {
            await tasks.KillAsync(Namespace, container.Id, signal, cancel: stop.Token).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It has just ended.
        }
        // What is frozen hears no signal.
        if (isFrozen) await TryAsync($"resume container {container.Id}", () => ThawAsync(container)).ConfigureAwait(false);
        await TellAsync(container.Info, "kill", ("signal", Text(signal))).ConfigureAwait(false);
    }

    private async Task ThawAsync(ManagedContainer container)
    {
        ContainerInfo info = container.Info;
        await tasks.ResumeAsync(Namespace, info.Id, stop.Token).ConfigureAwait(false);
        await ChangeAsync(container, info with { State = info.State with { Status = ContainerStatus.Running } }, [Event(info, "unpause")], isLazy: true).ConfigureAwait(false);
    }

    private async Task TryKillAsync(string id, int signal)
    {
        try
        {
            await tasks.KillAsync(Namespace, id, signal, all: false, cancel: stop.Token).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.FailedPrecondition)
        {
            // It has ended.
        }
    }

    private async Task EndAsync(ManagedContainer container, Task<ContainerExit> ended)
    {
        try
        {
            await ended.WaitAsync(TaskService.KillLimit, options.Time).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"tried to kill container {container.Id}, but did not receive an exit event", e);
        }
    }

    private static KeelsonException NotRunning(ContainerInfo info) => new(ErrorKind.FailedPrecondition, $"Container {info.Id} is not running");
}
