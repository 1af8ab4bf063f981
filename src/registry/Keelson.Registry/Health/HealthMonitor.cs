using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Health;

/// <summary>Looks at what a registry cannot do without, again and again.</summary>
/// <param name="checks">What.</param>
/// <param name="logger">Hears of what goes wrong and comes right.</param>
/// <param name="time">The clock.</param>
public sealed class HealthMonitor(IReadOnlyList<HealthCheck> checks, ILogger logger, TimeProvider? time = null)
{
    private readonly ConcurrentDictionary<string, string> problems = new(StringComparer.Ordinal);
    private readonly TimeProvider time = time ?? TimeProvider.System;

    /// <summary>What is wrong, by the names of the checks; nothing until each has failed often enough.</summary>
    public IReadOnlyDictionary<string, string> Problems => problems;

    /// <summary>For <see cref="RegistryOptions.Trouble"/>: whether something is wrong. What, clients are not told.</summary>
    public string? Trouble => problems.IsEmpty ? null : "service unavailable: health check failed; see /debug/health";

    /// <summary>Looks until it is stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(checks.Select(check => WatchAsync(check, stop)));

    private async Task WatchAsync(HealthCheck check, CancellationToken stop)
    {
        using PeriodicTimer timer = new(check.Interval, time);
        int failed = 0;
        try
        {
            do
            {
                string? problem = await LookAsync(check, stop).ConfigureAwait(false);
                failed = problem is null ? 0 : failed + 1;
                Note(check, problem, failed);
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It stops.
        }
    }

    private void Note(HealthCheck check, string? problem, int failed)
    {
        if (problem is null)
        {
            if (problems.TryRemove(check.Name, out _)) logger.Healthy(check.Name);
        }
        else if (failed >= check.Threshold)
        {
            if (!problems.ContainsKey(check.Name)) logger.Unhealthy(check.Name, problem);
            problems[check.Name] = problem;
        }
    }

    private async Task<string?> LookAsync(HealthCheck check, CancellationToken stop)
    {
        using CancellationTokenSource limit = new(check.Timeout, time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            // A check that does not heed its token must not stop the others, nor itself for ever.
            return await check.LookAsync(both.Token).WaitAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"no answer within {check.Timeout.TotalSeconds} s";
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            return e.Message;
        }
    }
}
