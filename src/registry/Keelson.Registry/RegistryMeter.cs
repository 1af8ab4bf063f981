using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Keelson.Registry.Garbage;
using Keelson.Registry.Http;

namespace Keelson.Registry;

/// <summary>What a registry measures of itself: <c>System.Diagnostics.Metrics</c>, under names that are distribution's once Prometheus has them. Where nobody listens it costs nothing.</summary>
public sealed class RegistryMeter : IDisposable
{
    /// <summary>What listeners know the meter by.</summary>
    public const string Name = "Keelson.Registry";

    private static readonly string[] Handlers = [.. Enum.GetValues<RegistryEndpoint>().Select(endpoint => endpoint switch
    {
        RegistryEndpoint.Base => "base",
        RegistryEndpoint.Catalog => "catalog",
        RegistryEndpoint.Blob => "blob",
        RegistryEndpoint.Manifest => "manifest",
        RegistryEndpoint.Uploads => "blob_upload",
        RegistryEndpoint.Upload => "blob_upload_chunk",
        RegistryEndpoint.Tags => "tags",
        RegistryEndpoint.Referrers => "referrers",
        _ => "none",
    })];

    /// <summary>Names of statuses, so that counting one makes no text.</summary>
    private static readonly string[] Codes = [.. Enumerable.Range(0, 600).Select(code => code.ToString(CultureInfo.InvariantCulture))];

    private readonly Meter meter = new(Name);
    private readonly Histogram<double> durations;
    private readonly Counter<long> requests, received, sent, garbage;
    private readonly UpDownCounter<long> inFlight;

    internal RegistryMeter(Func<int> uploads)
    {
        durations = meter.CreateHistogram("registry.http.request.duration", "s", "How long requests took.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25, 50, 100] });
        requests = meter.CreateCounter<long>("registry.http.requests", null, "Requests that were answered, by status.");
        inFlight = meter.CreateUpDownCounter<long>("registry.http.in_flight_requests", null, "Requests that are being answered.");
        received = meter.CreateCounter<long>("registry.blob.received", "By", "Bytes of blobs that were pushed.");
        sent = meter.CreateCounter<long>("registry.blob.sent", "By", "Bytes of blobs that were pulled.");
        garbage = meter.CreateCounter<long>("registry.garbage.removed", "By", "Bytes of content that nothing referred to any more.");
        meter.CreateObservableGauge("registry.uploads", uploads, null, "Pushes that were begun and are in memory.");
    }

    /// <summary>Whether anybody listens.</summary>
    internal bool IsEnabled => durations.Enabled;

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    /// <summary>Counts a request that begins.</summary>
    /// <returns>When it began.</returns>
    internal long Begin(RegistryEndpoint endpoint)
    {
        inFlight.Add(1, new KeyValuePair<string, object?>("handler", Handlers[(int)endpoint]));
        return Stopwatch.GetTimestamp();
    }

    /// <summary>Counts a request that has ended.</summary>
    internal void End(RegistryEndpoint endpoint, string method, int status, long start)
    {
        KeyValuePair<string, object?> handler = new("handler", Handlers[(int)endpoint]), way = new("method", MethodName(method));
        inFlight.Add(-1, handler);
        durations.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, handler, way);
        requests.Add(1, new KeyValuePair<string, object?>("code", Codes[Math.Clamp(status, 0, Codes.Length - 1)]), handler, way);
    }

    /// <summary>Counts bytes of a blob that came.</summary>
    internal void Received(long bytes) => received.Add(bytes);

    /// <summary>Counts bytes of a blob that went.</summary>
    internal void Sent(long bytes) => sent.Add(bytes);

    /// <summary>Counts what a collection has removed.</summary>
    internal void Collected(GarbageReport report) => garbage.Add(report.Bytes);

    /// <summary>As distribution writes it. A client can ask for any method: those that there are not are one.</summary>
    private static string MethodName(string method) => method switch
    {
        "GET" => "get",
        "HEAD" => "head",
        "PUT" => "put",
        "POST" => "post",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "other",
    };
}
