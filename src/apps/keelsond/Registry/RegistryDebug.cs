using Keelson.Hosting.Metrics;
using Keelson.Registry;
using Keelson.Registry.Health;
using Keelson.Registry.Notifications;
using Microsoft.AspNetCore.Http;

namespace Keelson.Daemon.Registry;

/// <summary>What operators look at: metrics for Prometheus, and health.</summary>
/// <param name="metricsPath">Where the metrics are; <see langword="null"/>: there are none.</param>
/// <param name="health">What is wrong.</param>
/// <param name="notifier">How notifications do; <see langword="null"/> without any.</param>
internal sealed class RegistryDebug(string? metricsPath, HealthMonitor health, Notifier? notifier) : IDisposable
{
    private readonly MeterScraper? scraper = metricsPath is null ? null : new(RegistryMeter.Name);

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext http)
    {
        string path = http.Request.Path.Value ?? "";
        if (scraper is not null && path == metricsPath) return MetricsEndpoint.HandleAsync(http, (format, _) => Task.FromResult(Scrape(format)));
        if (path is "/debug/health" or "/readyz") return HealthEndpoint.HandleAsync(http, health.Problems);
        http.Response.StatusCode = path == "/livez" ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    public void Dispose() => scraper?.Dispose();

    private byte[] Scrape(MetricsFormat format)
    {
        MetricsWriter writer = new(format);
        ProcessFigures.Write(writer, BuildInfo.Version, BuildInfo.Commit);
        scraper!.Write(writer);
        if (notifier is not null)
        {
            writer.Counter("registry_notifications_events_total", "Events that endpoints took, and requests that failed.");
            foreach (NotificationFigures endpoint in notifier.Figures)
            {
                writer.Sample("registry_notifications_events_total", (ulong)endpoint.Sent, ("to", endpoint.Endpoint), ("type", "Successes"));
                writer.Sample("registry_notifications_events_total", (ulong)endpoint.Failures, ("to", endpoint.Endpoint), ("type", "Failures"));
            }
            writer.Gauge("registry_notifications_pending_bytes", "Bytes of events that the slowest endpoint has not taken.");
            writer.Sample("registry_notifications_pending_bytes", (ulong)notifier.PendingBytes);
        }
        return writer.Finish();
    }
}
