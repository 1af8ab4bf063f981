using Keelson.Hosting.Metrics;
using Keelson.Notary.Server;
using Microsoft.AspNetCore.Http;

namespace Keelson.Daemon.Notary;

/// <summary>What a server of collections answers: the collections, and its metrics beside them, where notary-server has them.</summary>
internal sealed class NotaryFront(NotaryServer notary) : IDisposable
{
    private readonly MeterScraper scraper = new(NotaryServer.MeterName);

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext http) => http.Request.Path.Value == "/metrics" ? MetricsEndpoint.HandleAsync(http, (format, _) => Task.FromResult(Scrape(format))) : notary.HandleAsync(http);

    public void Dispose() => scraper.Dispose();

    private byte[] Scrape(MetricsFormat format)
    {
        MetricsWriter writer = new(format);
        ProcessFigures.Write(writer, BuildInfo.Version, BuildInfo.Commit);
        scraper.Write(writer);
        return writer.Finish();
    }
}
