using System.Diagnostics;
using Keelson.Engine;
using Keelson.Hosting.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keelson.Api.Metrics;

/// <summary>Serves the daemon's metrics to Prometheus at <c>/v1/metrics</c>, as containerd does.</summary>
/// <remarks>Scrapes come one after the other: one that comes while another runs waits for it, and no longer than that one may take.</remarks>
public sealed class MetricsServer : IDisposable
{
    /// <summary>The path.</summary>
    public const string Path = "/v1/metrics";

    /// <summary>How long a scrape waits for shims, and for the count of files: a fifth of what Prometheus waits for a scrape by default.</summary>
    private static readonly TimeSpan ScrapeLimit = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim one = new(1);
    private readonly TaskFigures tasks;
    private readonly StorageFigures storage;
    private readonly EngineInfo info;
    private readonly MetricsOptions options;
    private readonly ILogger logger;
    private readonly CancellationToken stopping;

    /// <summary>Makes a server.</summary>
    /// <param name="engine">The engine, which stays the caller's.</param>
    /// <param name="info">What the daemon tells of itself.</param>
    /// <param name="options">What is told.</param>
    /// <param name="logger">Hears of faults.</param>
    /// <param name="stopping">Cancelled when the daemon stops.</param>
    public MetricsServer(ContainerEngine engine, EngineInfo info, MetricsOptions options, ILogger logger, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(engine);
        tasks = new(engine, engine.Options.Tasks.Time);
        storage = new(engine, engine.Options.Tasks.Time, logger.CountFailed);
        this.info = info;
        this.options = options;
        this.logger = logger;
        this.stopping = stopping;
    }

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (http.Request.Path != Path)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        try
        {
            await MetricsEndpoint.HandleAsync(http, ScrapeAsync).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            logger.ScrapeFailed(e);
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => one.Dispose();

    private async Task<byte[]> ScrapeAsync(MetricsFormat format, CancellationToken cancel)
    {
        await one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            long start = Stopwatch.GetTimestamp();
            MetricsWriter writer = new(format);
            ProcessFigures.Write(writer, info.Version, info.Revision);
            GrpcFigures.Write(writer, options.Calls, options.HasCallHistograms);
            storage.Begin(stopping);
            await tasks.WriteAsync(writer, ScrapeLimit).ConfigureAwait(false);
            TimeSpan rest = ScrapeLimit - Stopwatch.GetElapsedTime(start);
            await storage.WriteAsync(writer, rest > TimeSpan.Zero ? rest : TimeSpan.Zero).ConfigureAwait(false);
            writer.Gauge("keelson_scrape_duration_seconds", "How long it took to put this together.");
            writer.Sample("keelson_scrape_duration_seconds", Stopwatch.GetElapsedTime(start).TotalSeconds);
            return writer.Finish();
        }
        finally
        {
            one.Release();
        }
    }
}
