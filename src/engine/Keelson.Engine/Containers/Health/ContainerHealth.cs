namespace Keelson.Engine.Containers;

/// <summary>How a container with checks fares.</summary>
public enum HealthStatus
{
    /// <summary>No check went well yet, and too few failed.</summary>
    Starting,
    /// <summary>The last check went well, or too few failed since one did.</summary>
    Healthy,
    /// <summary>As many checks in a row failed as its settings allow; or it does not run.</summary>
    Unhealthy,
}

/// <summary>One check.</summary>
/// <param name="Start">When it began.</param>
/// <param name="End">When it had ended.</param>
/// <param name="ExitCode">How its process ended; -1 when it could not be run, or not to its end.</param>
/// <param name="Output">What it wrote, <see cref="HealthPlan.OutputLimitBytes"/> at most.</param>
public sealed record HealthProbe(DateTimeOffset Start, DateTimeOffset End, int ExitCode, string Output);

/// <summary>The health of a container that has checks. Docker "HEALTHCHECK".</summary>
public sealed record ContainerHealth
{
    /// <summary>How many checks are remembered.</summary>
    private const int LogLimit = 5;

    /// <summary>How it fares.</summary>
    public HealthStatus Status { get; init; }

    /// <summary>How many checks in a row have failed.</summary>
    public int FailingStreak { get; init; }

    /// <summary>The last checks, the oldest first.</summary>
    public IReadOnlyList<HealthProbe> Log { get; init; } = [];

    /// <summary>Its health after one more check.</summary>
    /// <param name="probe">The check.</param>
    /// <param name="plan">What its settings allow.</param>
    /// <param name="startedAt">When it was started: failures before it has had its time to start do not count.</param>
    public ContainerHealth After(HealthProbe probe, HealthPlan plan, DateTimeOffset startedAt)
    {
        ArgumentNullException.ThrowIfNull(probe);
        ArgumentNullException.ThrowIfNull(plan);
        ContainerHealth noted = this with { Log = [.. Log.Skip(Log.Count + 1 - LogLimit), probe] };
        if (probe.ExitCode == 0) return noted with { Status = HealthStatus.Healthy, FailingStreak = 0 };
        if (Status == HealthStatus.Starting && probe.Start - startedAt < plan.StartPeriod) return noted;
        int streak = FailingStreak + 1;
        return noted with { FailingStreak = streak, Status = streak >= plan.Retries ? HealthStatus.Unhealthy : Status };
    }

    /// <summary>Docker's word.</summary>
    public static string Word(ContainerHealth? health) => health?.Status switch
    {
        null => "none",
        HealthStatus.Starting => "starting",
        HealthStatus.Healthy => "healthy",
        _ => "unhealthy",
    };
}
