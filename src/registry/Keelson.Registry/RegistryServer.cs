using System.Diagnostics;
using Keelson.Registry.Auth;
using Keelson.Registry.Browse;
using Keelson.Registry.Coordination;
using Keelson.Registry.Garbage;
using Keelson.Registry.Http;
using Keelson.Registry.Limits;
using Keelson.Registry.Policies;
using Keelson.Registry.Retention;
using Keelson.Registry.Scrub;
using Keelson.Registry.Signatures;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;
using Keelson.Registry.Upstream;
using Keelson.Registry.Usage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry;

/// <summary>An image registry: answers requests of the OCI distribution specification 1.1 and of the Docker Registry HTTP API V2.</summary>
public sealed class RegistryServer : IDisposable
{
    private readonly RegistryOptions options;
    private readonly ILogger logger;
    private readonly RepositoryCatalog catalog;
    private readonly UploadStore uploads;
    private readonly RegistryCollector collector;
    private readonly RegistryMeter meter;
    private readonly RegistryScrubber scrubber;
    private readonly RetentionKeeper retention;
    private readonly RateLimiter? limiter;
    private readonly UpstreamSet upstreams;
    private readonly Synchroniser? synchroniser;
    private readonly IRegistryCoordinator coordinator;
    private readonly BlobEndpoint blobEndpoint;
    private readonly UploadEndpoint uploadEndpoint;
    private readonly ManifestEndpoint manifestEndpoint;
    private readonly ListEndpoints listEndpoints;
    private readonly BrowseEndpoints browseEndpoints;
    private readonly PullLedger pulls;

    /// <summary>Makes a registry on a store.</summary>
    /// <param name="driver">The store, which stays the caller's and is no other registry's, or theirs who have <paramref name="coordinator"/> in common.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="logger">Hears of faults.</param>
    /// <param name="coordinator">What registries on one store agree by, which stays the caller's; <see langword="null"/>: this one has the store alone.</param>
    /// <exception cref="KeelsonException">A file of keys that <see cref="RegistryOptions.Signatures"/> names cannot be read or is not right.</exception>
    public RegistryServer(IStorageDriver driver, RegistryOptions options, ILogger logger, IRegistryCoordinator? coordinator = null)
    {
        ArgumentNullException.ThrowIfNull(driver);
        ArgumentNullException.ThrowIfNull(options);
        upstreams = new(options, logger);
        this.options = options = upstreams.Apply(options);
        this.logger = logger;
        this.coordinator = coordinator ??= new LocalCoordinator();
        LinkFiles links = new(driver);
        catalog = new(driver, coordinator);
        UsageIndex usage = new(driver, links, options.Store, coordinator.IsShared);
        QuotaKeeper? quotas = QuotaKeeper.Of(options, usage);
        BlobStore blobs = new(driver, links, coordinator, options.Store, usage, quotas);
        uploads = new(driver, blobs, coordinator, options.Store);
        meter = new(() => uploads.Count);
        ManifestStore manifests = new(driver, links, blobs, catalog, coordinator, options.Store, usage, quotas);
        pulls = new(driver, manifests, options.Store.Time);
        collector = new(driver, links, blobs, manifests, catalog, coordinator, options.Store);
        retention = new(manifests, collector, catalog, pulls, options.Observers, options.Store.Time);
        if (options.RateLimits is { } limits) limiter = new(limits, options.Store.Time);
        scrubber = new(driver, links, blobs, manifests, catalog, options.Store);
        UpstreamCache? cache = upstreams.MakeCache(driver, manifests, blobs, coordinator.Member);
        SignatureReader signatures = new(manifests, blobs, options.Store.Time);
        SignatureGuard? guard = options.Signatures.Count > 0 ? new(options.Signatures, manifests, signatures, cache, logger) : null;
        synchroniser = cache is null ? null : new(upstreams, manifests, blobs, cache.Fetcher, logger);
        blobEndpoint = new(blobs, cache, meter);
        uploadEndpoint = new(uploads, blobs, catalog, meter);
        manifestEndpoint = new(manifests, PushRules.Of(options, blobs, guard), pulls, guard, cache);
        listEndpoints = new(manifests, catalog, cache);
        browseEndpoints = new(manifests, catalog, usage, pulls, new(manifests, blobs, signatures, guard));
    }

    /// <summary>Answers a request below <c>/v2/</c>.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
        RegistryPath path = RegistryPath.Parse(http.Request.Path.Value ?? "");
        using Activity? activity = RequestActivity.Start(http, path);
        bool isMeasured = meter.IsEnabled;
        long start = isMeasured ? meter.Begin(path.Endpoint) : 0;
        try
        {
            await AnswerAsync(http, () => DispatchAsync(new(http, upstreams.Localise(path, http.Request), options, limiter))).ConfigureAwait(false);
        }
        finally
        {
            if (isMeasured) meter.End(path.Endpoint, http.Request.Method, http.Response.StatusCode, start);
            RequestActivity.End(activity, http.Response.StatusCode);
        }
    }

    /// <summary>Whether a request is for <see cref="HandleBrowseAsync"/>.</summary>
    public static bool IsBrowse(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Path.StartsWithSegments("/keelson/v1", StringComparison.Ordinal) || BrowsePage.Has(request.Path);
    }

    /// <summary>
    /// Answers a request below <c>/keelson/v1/</c>: lists with counts, sizes and dates, details of images, and deletes of whole repositories; docs/registry.md has the addresses. And
    /// <c>/</c>, a page to browse with, and the files that it consists of.
    /// </summary>
    public async Task HandleBrowseAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (BrowsePage.Has(http.Request.Path))
        {
            await AnswerAsync(http, () => BrowsePage.HandleAsync(http)).ConfigureAwait(false);
            return;
        }
        await AnswerAsync(http, () => browseEndpoints.HandleAsync(new(http, default, options, limiter), BrowsePath.Parse(http.Request.Path.Value ?? ""))).ConfigureAwait(false);
    }

    /// <summary>Writes down the pulls that were counted since the last time. A registry that stops does it last.</summary>
    public Task SavePullsAsync(CancellationToken cancel = default) => options.IsReadOnly ? Task.CompletedTask : pulls.SaveAsync(cancel);

    /// <summary>Removes what nothing refers to, while the registry serves. One that is read-only tells what it would be.</summary>
    /// <param name="garbage">What is garbage.</param>
    /// <param name="cancel">Stops; what was removed until then is gone.</param>
    public async Task<GarbageReport> CollectGarbageAsync(GarbageOptions garbage, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(garbage);
        if (options.IsReadOnly) garbage = garbage with { IsTrial = true };
        GarbageReport report = await collector.CollectAsync(garbage, cancel).ConfigureAwait(false);
        if (!garbage.IsTrial) meter.Collected(report);
        return report;
    }

    /// <summary>Takes from repositories what policies do not keep, while the registry serves.</summary>
    /// <param name="keep">The policies.</param>
    /// <param name="cancel">Stops; what was removed until then is gone.</param>
    public Task<RetentionReport> RetainAsync(RetentionOptions keep, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(keep);
        return retention.KeepAsync(options.IsReadOnly ? keep with { IsTrial = true } : keep, options.IsImmutable, cancel);
    }

    /// <summary>Reads all content and looks whether it is what it should be, while the registry serves. What is wrong is logged too.</summary>
    /// <param name="scrub">What is done about it.</param>
    /// <param name="cancel">Stops; what was repaired until then is.</param>
    public Task<ScrubReport> ScrubAsync(ScrubOptions scrub, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(scrub);
        return scrubber.ScrubAsync(options.IsReadOnly ? scrub with { Repairs = false } : scrub, options.IsImmutable, finding => logger.Damaged(finding.Message, finding.IsRepaired), cancel);
    }

    /// <summary>Copies what a rule says from an upstream, while the registry serves.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="cancel">Stops; what is whole by then is there.</param>
    /// <exception cref="KeelsonException">InvalidArgument: there is no such upstream. FailedPrecondition: the registry is read-only.</exception>
    public async Task<SyncReport> SynchroniseAsync(SyncRule rule, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (options.IsReadOnly) throw new KeelsonException(ErrorKind.FailedPrecondition, $"synchronise with upstream {rule.Upstream}: the registry is read-only");
        if (synchroniser is null) throw new KeelsonException(ErrorKind.InvalidArgument, $"synchronise: there is no upstream '{rule.Upstream}'");
        // Of several registries one copies, and the others find that it is done.
        await using IRegistryLock? held = coordinator.IsShared ? await coordinator.EnterAsync(LockNames.Sync(rule.Upstream), cancel).ConfigureAwait(false) : null;
        return await synchroniser.RunAsync(rule, cancel).ConfigureAwait(false);
    }

    /// <summary>Gives up pushes that were begun longer than <see cref="RegistryOptions.UploadAge"/> ago.</summary>
    /// <returns>How many; none of a registry that is read-only.</returns>
    public async Task<int> PurgeUploadsAsync(CancellationToken cancel = default)
    {
        if (options.IsReadOnly) return 0;
        DateTimeOffset before = options.Store.Time.GetUtcNow() - options.UploadAge;
        int purged = 0;
        await foreach ((string repository, _) in catalog.WalkAsync(cancel).ConfigureAwait(false)) purged += await uploads.PurgeAsync(repository, before, cancel).ConfigureAwait(false);
        uploads.Forget(before);
        return purged;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        meter.Dispose();
        upstreams.Dispose();
        uploads.Dispose();
        catalog.Dispose();
        pulls.Dispose();
    }

    private async Task AnswerAsync(HttpContext http, Func<Task> answer)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            if (options.Trouble?.Invoke() is { } trouble) throw new RegistryFault(RegistryErrorCode.Unavailable, trouble);
            limiter?.CheckAddress(http);
            await answer().ConfigureAwait(false);
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested && (e is OperationCanceledException or IOException || ErrorAnswers.Of(e) is null))
        {
            // The client has gone: nobody reads an answer.
            http.Abort();
        }
        catch (Exception e)
        {
            RegistryFault fault = ErrorAnswers.Of(e) ?? new(RegistryErrorCode.Unknown, "unknown error");
            if (fault.Code.Status >= 500) logger.Failed(http.Request.Method, http.Request.Path.Value, e);
            // The client must see that the answer is not whole.
            if (http.Response.HasStarted) http.Abort();
            else await ErrorAnswers.WriteAsync(http, fault).ConfigureAwait(false);
        }
    }

    private Task DispatchAsync(RegistryCall call) => call.Path.Endpoint switch
    {
        RegistryEndpoint.Blob => blobEndpoint.HandleAsync(call),
        RegistryEndpoint.Manifest => manifestEndpoint.HandleAsync(call),
        RegistryEndpoint.Uploads => uploadEndpoint.BeginAsync(call),
        RegistryEndpoint.Upload => uploadEndpoint.HandleAsync(call),
        RegistryEndpoint.Tags => listEndpoints.TagsAsync(call),
        RegistryEndpoint.Referrers => listEndpoints.ReferrersAsync(call),
        RegistryEndpoint.Catalog => listEndpoints.CatalogAsync(call),
        RegistryEndpoint.Base => BaseAsync(call),
        _ => throw new RegistryFault(RegistryErrorCode.NotFound, "there is nothing at this address"),
    };

    /// <summary>Says that this is a registry. distribution-spec 1.1 end-1.</summary>
    private static async Task BaseAsync(RegistryCall call)
    {
        if (!call.IsRead) throw MethodFault.Of("GET, HEAD");
        await call.NeedAsync(new AccessRequest("", RegistryAction.Probe)).ConfigureAwait(false);
        await call.WriteAsync("{}"u8.ToArray(), "application/json; charset=utf-8").ConfigureAwait(false);
    }
}
