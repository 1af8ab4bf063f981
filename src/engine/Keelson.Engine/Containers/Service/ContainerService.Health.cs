using System.Text;
using Keelson.Engine.Tasks;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Checks of containers' health.</summary>
internal sealed partial class ContainerService
{
    /// <summary>Checks a container as long as this run of it lasts.</summary>
    private async Task CheckHealthAsync(ManagedContainer container, ContainerRun run, HealthPlan plan)
    {
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, run.Ended);
        try
        {
            while (true)
            {
                await Task.Delay(IsInStart(container.Info.State, plan) ? plan.StartInterval : plan.Interval, options.Time, ends.Token).ConfigureAwait(false);
                if (container.Info.State.Status != ContainerStatus.Running) continue;
                HealthProbe probe = await ProbeAsync(container, plan, ends.Token).ConfigureAwait(false);
                bool isToRestart;
                await container.Turn.WaitAsync(ends.Token).ConfigureAwait(false);
                try
                {
                    if (container.Run != run) return;
                    isToRestart = await NoteProbeAsync(container, plan, probe).ConfigureAwait(false);
                }
                finally
                {
                    container.Turn.Release();
                }
                if (!isToRestart) continue;
                // The restart ends this run, and with it these checks.
                _ = background.Run($"restart unhealthy container {container.Id}", () => RestartUnhealthyAsync(container, run));
                return;
            }
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // It has ended, or the engine does.
        }
    }

    private bool IsInStart(ContainerState state, HealthPlan plan) => state.Health?.Status == HealthStatus.Starting && options.Time.GetUtcNow() - state.StartedAt < plan.StartPeriod;

    /// <summary>Notes how a check went. The caller has the turn.</summary>
    /// <returns>Whether the container is to be restarted for it.</returns>
    private async Task<bool> NoteProbeAsync(ManagedContainer container, HealthPlan plan, HealthProbe probe)
    {
        ContainerInfo info = container.Info;
        ContainerHealth before = info.State.Health ?? new(), now = before.After(probe, plan, info.State.StartedAt ?? probe.Start);
        ContainerInfo changed = info with { State = info.State with { Health = now } };
        if (now.Status == before.Status)
        {
            // The next change writes it down; a daemon that is killed loses checks, and no status.
            container.Info = changed;
            return false;
        }
        await ChangeAsync(container, changed, [Event(changed, "health_status: " + ContainerHealth.Word(now))], isLazy: true).ConfigureAwait(false);
        return now.Status == HealthStatus.Unhealthy && info.Settings.Labels?.GetValueOrDefault(HealthPlan.RestartLabel) == "true";
    }

    private async Task RestartUnhealthyAsync(ManagedContainer container, ContainerRun run)
    {
        if (container.Run != run) return;
        try
        {
            await RestartAsync(container.Id, cancel: stop.Token).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Somebody removed it meanwhile.
        }
    }

    private async Task<HealthProbe> ProbeAsync(ManagedContainer container, HealthPlan plan, CancellationToken cancel)
    {
        DateTimeOffset start = options.Time.GetUtcNow();
        string? exec = null;
        try
        {
            exec = await CreateExecAsync(container.Id, new ExecOptions { Cmd = plan.Words, AttachStdout = true, AttachStderr = true }, cancel).ConfigureAwait(false);
            await using IAttachedStreams? streams = await StartExecAsync(exec, new AttachOptions(), cancel).ConfigureAwait(false);
            Task<string> output = ReadAsync(streams!, cancel);
            try
            {
                int code = await WaitExecAsync(exec, cancel).WaitAsync(plan.Timeout, options.Time, cancel).ConfigureAwait(false);
                return new(start, options.Time.GetUtcNow(), code, await output.ConfigureAwait(false));
            }
            catch (TimeoutException)
            {
                await EndExecAsync(container, exec).ConfigureAwait(false);
                return new(start, options.Time.GetUtcNow(), -1, $"Health check exceeded timeout ({GoDuration.Text(plan.Timeout)})");
            }
        }
        catch (KeelsonException e)
        {
            return new(start, options.Time.GetUtcNow(), -1, e.FullMessage);
        }
        finally
        {
            // Nobody else was told its identity but by events; thousands of checks are not kept.
            if (exec is not null && execs.TryGetValue(exec, out ExecProcess? ended) && ended.Exit.Task.IsCompleted)
            {
                container.Execs.TryRemove(exec, out _);
                execs.TryRemove(exec, out _);
            }
        }
    }

    private async Task EndExecAsync(ManagedContainer container, string exec)
    {
        try
        {
            await tasks.KillAsync(Namespace, container.Id, Signals.SIGKILL, exec, cancel: stop.Token).ConfigureAwait(false);
            await WaitExecAsync(exec, stop.Token).WaitAsync(TaskService.KillLimit, options.Time, stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KeelsonException { Kind: ErrorKind.NotFound or ErrorKind.FailedPrecondition } or TimeoutException)
        {
            // It ended meanwhile; or it cannot be killed, and the next check says so.
        }
    }

    /// <summary>The beginning of what a process writes; the rest is read, too, so that it does not wait.</summary>
    private static async Task<string> ReadAsync(IAttachedStreams streams, CancellationToken cancel)
    {
        byte[] kept = new byte[HealthPlan.OutputLimitBytes];
        int length = 0;
        while (await streams.ReadAsync(cancel).ConfigureAwait(false) is { } chunk)
        {
            int count = Math.Min(chunk.Bytes.Length, kept.Length - length);
            chunk.Bytes[..count].CopyTo(kept.AsMemory(length));
            length += count;
        }
        return Encoding.UTF8.GetString(kept, 0, length);
    }
}
