using Keelson.Oci;
using Keelson.Registry.Retention;
using Keelson.Registry.Scrub;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Garbage;

/// <summary>Tidies a registry up while it serves.</summary>
/// <param name="registry">The registry, which stays the caller's.</param>
/// <param name="options">When.</param>
/// <param name="logger">Hears of it.</param>
public sealed class Housekeeping(RegistryServer registry, HousekeepingOptions options, ILogger logger)
{
    /// <summary>Tidies up again and again until it is stopped. What fails is logged and tried again at the next turn.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        RepeatAsync("give up old pushes", options.UploadInterval, PurgeAsync, stop),
        RepeatAsync("collect garbage", options.GarbageInterval, CollectAsync, stop),
        RepeatAsync("keep to policies", options.Retention.Policies.Count > 0 ? options.RetentionInterval : TimeSpan.Zero, RetainAsync, stop),
        RepeatAsync("write down pulls", options.PullInterval, registry.SavePullsAsync, stop),
        RepeatAsync("look the store through", options.ScrubInterval, ScrubAsync, stop));

    private async Task PurgeAsync(CancellationToken stop)
    {
        int purged = await registry.PurgeUploadsAsync(stop).ConfigureAwait(false);
        if (purged > 0) logger.Purged(purged);
    }

    private async Task CollectAsync(CancellationToken stop)
    {
        GarbageReport report = await registry.CollectGarbageAsync(options.Garbage, stop).ConfigureAwait(false);
        if (report.Manifests.Count + report.Links + report.Blobs.Count > 0) logger.Collected(report.Manifests.Count, report.Links, report.Blobs.Count, report.Bytes);
    }

    private async Task RetainAsync(CancellationToken stop)
    {
        RetentionReport report = await registry.RetainAsync(options.Retention, stop).ConfigureAwait(false);
        foreach ((string repository, string tag, Digest digest) in report.Tags) logger.TagGoes(repository, tag, digest, options.Retention.IsTrial);
        foreach ((string repository, Digest digest) in report.Manifests) logger.ManifestGoes(repository, digest, options.Retention.IsTrial);
    }

    private async Task ScrubAsync(CancellationToken stop)
    {
        ScrubReport report = await registry.ScrubAsync(options.Scrub, stop).ConfigureAwait(false);
        logger.Scrubbed(report.Contents, report.Bytes, report.FaultCount, report.RepairedCount);
    }

    private async Task RepeatAsync(string what, TimeSpan interval, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        if (interval <= TimeSpan.Zero) return;
        using PeriodicTimer timer = new(interval, options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                try
                {
                    await work(stop).ConfigureAwait(false);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    logger.TidyingFailed(what, e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }
    }
}
