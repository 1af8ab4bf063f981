using Keelson.Content;
using SandboxRecord = Keelson.Network.Records.SandboxRecord;
using Keelson.Protobuf;
using Keelson.Shim.Api;

namespace Keelson.Engine.Containers;

/// <summary>Ends of containers, and what follows from them.</summary>
internal sealed partial class ContainerService
{
    /// <summary>A container that ran this long before it ended is started again without delay, as docker.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(10), LongestDelay = TimeSpan.FromMinutes(1);

    /// <summary>The exit code of a container whose end nobody saw, as docker's.</summary>
    private const int UnknownExit = 255;

    private void Watch(ManagedContainer container, ContainerRun run)
    {
        _ = background.Run($"watch container {container.Id}", () => WatchAsync(container, run));
        if (HealthPlan.Of(container.Info.Settings) is { } plan) _ = background.Run($"check container {container.Id}", () => CheckHealthAsync(container, run, plan));
    }

    private async Task WatchAsync(ManagedContainer container, ContainerRun run)
    {
        ExitResponse exit;
        try
        {
            exit = await tasks.WaitAsync(Namespace, container.Id, cancel: stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Somebody else deleted the task.
            exit = new(0, UnknownExit, null);
        }
        // An engine that closes ends all waits; its containers go on.
        if (stop.IsCancellationRequested) return;
        await container.Turn.WaitAsync(stop.Token).ConfigureAwait(false);
        try
        {
            if (container.Run == run) await EndRunAsync(container, run, exit).ConfigureAwait(false);
        }
        finally
        {
            container.Turn.Release();
        }
    }

    /// <summary>A run has ended. The caller has the turn.</summary>
    private async Task EndRunAsync(ManagedContainer container, ContainerRun run, ExitResponse exit)
    {
        options.Step?.Invoke("exit");
        SandboxRecord? sandbox = networks.SandboxOf(container.Id);
        // The kernel takes its time for them, beside all that follows.
        Task closing = Task.Run(() => CloseNetworksAsync(container.Info));
        await run.DrainAsync(options.Time).ConfigureAwait(false);
        options.Step?.Invoke("delete task");
        await TryAsync($"delete the task of container {container.Id}", async () =>
        {
            try
            {
                await tasks.DeleteAsync(Namespace, container.Id).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
            {
            }
        }).ConfigureAwait(false);
        run.Dispose();
        container.Run = null;
        container.Hub.End();
        EndExecs(container);
        ContainerInfo info = container.Info;
        await TryAsync($"release the mounts of container {info.Id}", () => ReleaseAsync(info)).ConfigureAwait(false);
        await closing.ConfigureAwait(false);
        await NoteExitAsync(container, exit.ExitStatus, exit.ExitedAt, [.. NetworkEvents(sandbox, "disconnect"), .. VolumeService.Events(Namespace, info, isStart: false)]).ConfigureAwait(false);
    }

    /// <summary>Writes down an end and does what the settings say. The caller has the turn.</summary>
    private async Task NoteExitAsync(ManagedContainer container, int code, DateTimeOffset? at, IReadOnlyList<EventDraft> before)
    {
        ContainerInfo info = container.Info;
        DateTimeOffset finished = at ?? options.Time.GetUtcNow();
        bool restarts = !info.Host.AutoRemove && Restarts(info, code);
        ContainerInfo changed = info with
        {
            State = info.State with
            {
                Status = restarts ? ContainerStatus.Restarting : ContainerStatus.Exited,
                Pid = 0,
                ExitCode = code,
                FinishedAt = finished,
                OomKilled = container.WasOutOfMemory,
                // What does not run is not healthy, as docker has it.
                Health = info.State.Health is { } health ? health with { Status = HealthStatus.Unhealthy } : null,
            },
        };
        EventDraft[] died = [.. before, Event(changed, "die", ("exitCode", Text(code)))];
        if (info.Host.AutoRemove)
        {
            container.Info = changed;
            container.TellExit(new(code));
            await RemoveAsync(container, volumes: true, died).ConfigureAwait(false);
            return;
        }
        await ChangeAsync(container, changed, died, isLazy: true).ConfigureAwait(false);
        container.TellExit(new(code));
        if (restarts && !isGoingDown) PlanRestart(container, finished - info.State.StartedAt >= LongEnough);
    }

    private static bool Restarts(ContainerInfo info, int code)
    {
        if (info.State.IsStoppedByHand) return false;
        RestartPolicy policy = info.Host.RestartPolicy;
        return policy.Name switch
        {
            "always" or "unless-stopped" => true,
            "on-failure" => code != 0 && (policy.MaximumRetryCount == 0 || info.State.RestartCount < policy.MaximumRetryCount),
            _ => false,
        };
    }

    private void PlanRestart(ManagedContainer container, bool ranLong)
    {
        container.RestartDelay = ranLong || container.RestartDelay == TimeSpan.Zero ? options.RestartDelay : container.RestartDelay * 2;
        if (container.RestartDelay > LongestDelay) container.RestartDelay = LongestDelay;
        CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        container.Restart = cancel;
        TimeSpan delay = container.RestartDelay;
        _ = background.Run($"restart container {container.Id}", () => RestartLaterAsync(container, cancel, delay));
    }

    private async Task RestartLaterAsync(ManagedContainer container, CancellationTokenSource cancel, TimeSpan delay)
    {
        using (cancel)
        {
            try
            {
                await Task.Delay(delay, options.Time, cancel.Token).ConfigureAwait(false);
                await container.Turn.WaitAsync(cancel.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            try
            {
                if (container.Restart != cancel || container.IsRemoved || isGoingDown) return;
                container.Restart = null;
                try
                {
                    await StartAsync(container, isByHand: false).ConfigureAwait(false);
                }
                catch (KeelsonException e)
                {
                    options.Failed($"restart container {container.Id}", e);
                    // What failed once may go well later, as with a volume that is not there yet.
                    ContainerInfo info = container.Info;
                    if (!Restarts(info, info.State.ExitCode)) return;
                    await ChangeAsync(container, info with { State = info.State with { Status = ContainerStatus.Restarting } }, [], isLazy: true).ConfigureAwait(false);
                    PlanRestart(container, ranLong: false);
                }
            }
            finally
            {
                container.Turn.Release();
            }
        }
    }

    private static void CancelRestart(ManagedContainer container)
    {
        container.Restart?.Cancel();
        container.Restart = null;
    }

    /// <summary>Hears of processes that the kernel killed for memory.</summary>
    private async Task HearAsync()
    {
        try
        {
            await foreach (EventRecord record in database.Events.SubscribeAsync(database.Events.LastSequence, cancel: stop.Token).ConfigureAwait(false))
            {
                if (record.Topic != "/tasks/oom" || record.Namespace != Namespace) continue;
                string id = FirstText(record.Payload.Span);
                if (table.All.FirstOrDefault(container => container.Id == id) is not { } container) continue;
                container.WasOutOfMemory = true;
                await TellAsync(container.Info, "oom").ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private static string FirstText(ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
            if (reader.Field == 1) return reader.Text;
        return "";
    }
}
