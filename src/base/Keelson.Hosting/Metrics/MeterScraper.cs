using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Keelson.Hosting.Metrics;

/// <summary>Keeps what meters of this process measure, and writes it as metrics.</summary>
/// <remarks>
/// Names are those of the instruments with <c>_</c> for dots, the unit behind them, and <c>_total</c> behind counters, as OpenTelemetry has it for Prometheus:
/// <c>registry.http.request.duration</c> in <c>s</c> is <c>registry_http_request_duration_seconds</c>.
/// </remarks>
public sealed class MeterScraper : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<Instrument, MeterFamily> families = new();
    private readonly Lock observing = new();

    /// <summary>Listens from now on.</summary>
    /// <param name="meters">Names of the meters.</param>
    public MeterScraper(params IReadOnlyCollection<string> meters)
    {
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!meters.Contains(instrument.Meter.Name)) return;
            MeterFamily family = families.GetOrAdd(instrument, MeterFamily.Of(instrument));
            listener.EnableMeasurementEvents(instrument, family);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, state) => ((MeterFamily)state!).Record(value, tags));
        listener.SetMeasurementEventCallback<int>((_, value, tags, state) => ((MeterFamily)state!).Record(value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, state) => ((MeterFamily)state!).Record(value, tags));
        listener.Start();
    }

    /// <summary>Writes all families by their names.</summary>
    public void Write(MetricsWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        lock (observing)
        {
            foreach (MeterFamily family in families.Values) family.ForgetObserved();
            listener.RecordObservableInstruments();
            foreach (MeterFamily family in families.Values.OrderBy(family => family.Name, StringComparer.Ordinal)) family.Write(writer);
        }
    }

    /// <summary>Listens no longer.</summary>
    public void Dispose() => listener.Dispose();
}
