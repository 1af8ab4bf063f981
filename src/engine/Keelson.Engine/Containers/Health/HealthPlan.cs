using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>How the health of a container is checked.</summary>
/// <param name="Words">Program and arguments.</param>
/// <param name="Interval">Time before each check.</param>
/// <param name="Timeout">How long a check may take.</param>
/// <param name="StartPeriod">How long the container may take to start.</param>
/// <param name="StartInterval">Time before each check while it starts.</param>
/// <param name="Retries">How many checks in a row make it unhealthy.</param>
public sealed record HealthPlan(IReadOnlyList<string> Words, TimeSpan Interval, TimeSpan Timeout, TimeSpan StartPeriod, TimeSpan StartInterval, int Retries)
{
    /// <summary>What is kept of a check's output, docker's.</summary>
    public const int OutputLimitBytes = 4096;

    /// <summary>The label by which a container is restarted when it becomes unhealthy: <c>true</c>.</summary>
    public const string RestartLabel = "io.keelson.restart-unhealthy";

    private const int DefaultRetries = 3;

    private const long LeastNanoseconds = 1_000_000;

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(30), DefaultTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The plan of a container; <see langword="null"/>: it is not checked.</summary>
    public static HealthPlan? Of(ContainerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Healthcheck is not { Test.Count: > 1 } check) return null;
        IEnumerable<string> words = check.Test.Skip(1);
        IReadOnlyList<string> command = check.Test[0] switch
        {
            "CMD" => [.. words],
            "CMD-SHELL" => [.. settings.Shell is { Count: > 0 } shell ? shell : ["/bin/sh", "-c"], .. words.Take(1)],
            _ => [],
        };
        if (command.Count == 0) return null;
        TimeSpan interval = Time(check.IntervalNanoseconds, DefaultInterval), start = Time(check.StartPeriodNanoseconds, TimeSpan.Zero);
        return new(command, interval, Time(check.TimeoutNanoseconds, DefaultTimeout), start, Time(check.StartIntervalNanoseconds, interval), check.Retries > 0 ? check.Retries : DefaultRetries);
    }

    /// <summary>Refuses what makes no sense, in docker's words.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: why.</exception>
    public static void Check(ImageHealthcheck? check)
    {
        if (check is null) return;
        foreach ((string name, long value) in ((string, long)[])[("Interval", check.IntervalNanoseconds), ("Timeout", check.TimeoutNanoseconds), ("StartPeriod", check.StartPeriodNanoseconds), ("StartInterval", check.StartIntervalNanoseconds)])
            if (value is not 0 and < LeastNanoseconds) throw new KeelsonException(ErrorKind.InvalidArgument, $"{name} in Healthcheck cannot be less than 1ms");
        if (check.Retries < 0) throw new KeelsonException(ErrorKind.InvalidArgument, "Retries in Healthcheck cannot be negative");
    }

    private static TimeSpan Time(long nanoseconds, TimeSpan standard) => nanoseconds > 0 ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick) : standard;
}
