using System.Diagnostics;

namespace Keelson.Daemon.Telemetry;

/// <summary>Decides which calls become activities, and gives those that have ended to an exporter.</summary>
/// <remarks>
/// <code>
/// caller sends             without an exporter        with one
/// no traceparent           nothing                    recorded
/// one that is sampled      for the log's lines        recorded
/// one that is not          for the log's lines        for the log's lines
/// </code>
/// The last column is OpenTelemetry's default sampler, <c>parentbased_always_on</c>.
/// </remarks>
internal sealed class TraceListener : IDisposable
{
    private readonly ActivityListener listener;

    /// <summary>Listens from now on.</summary>
    /// <param name="ended">Takes activities that are recorded, on the thread that ends them; <see langword="null"/> without an exporter.</param>
    public TraceListener(Action<Activity>? ended)
    {
        listener = new()
        {
            ShouldListenTo = source => source.Name == Tracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => Decide(options.Parent, ended is not null),
            ActivityStopped = activity =>
            {
                if (activity.Recorded) ended?.Invoke(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    /// <summary>Listens no longer.</summary>
    public void Dispose() => listener.Dispose();

    private static ActivitySamplingResult Decide(ActivityContext parent, bool exports)
    {
        bool isRoot = parent.TraceId == default, isSampled = parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
        if (exports && (isRoot || isSampled)) return ActivitySamplingResult.AllDataAndRecorded;
        return isRoot ? ActivitySamplingResult.None : ActivitySamplingResult.PropagationData;
    }
}
