using Keelson.Registry.Auth;
using Keelson.Registry.Garbage;
using Keelson.Registry.Http;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;
using Keelson.Registry.Upstream;
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
    private readonly UpstreamSet upstreams;
    private readonly Synchroniser? synchroniser;
    private readonly BlobEndpoint blobEndpoint;
    private readonly UploadEndpoint uploadEndpoint;
    private readonly ManifestEndpoint manifestEndpoint;
    private readonly ListEndpoints listEndpoints;

    /// <summary>Makes a registry on a store.</summary>
    /// <param name="driver">The store, which stays the caller's and is no other registry's.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="logger">Hears of faults.</param>
    public RegistryServer(IStorageDriver driver, RegistryOptions options, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(driver);
        ArgumentNullException.ThrowIfNull(options);
        upstreams = new(options, logger);
        this.options = options = upstreams.Apply(options);
        this.logger = logger;
        LinkFiles links = new(driver);
        catalog = new(driver);
        BlobStore blobs = new(driver, links, options.Store);
        uploads = new(driver, blobs, options.Store);
        ManifestStore manifests = new(driver, links, blobs, catalog, options.Store);
        collector = new(driver, links, blobs, manifests, catalog, options.Store);
        UpstreamCache? cache = upstreams.MakeCache(driver, manifests, blobs);
        synchroniser = cache is null ? null : new(upstreams, manifests, blobs, cache.Fetcher, logger);
        blobEndpoint = new(blobs, cache);
        uploadEndpoint = new(uploads, blobs, catalog);
        manifestEndpoint = new(manifests, cache);
        listEndpoints = new(manifests, catalog, cache);
    }

    /// <summary>Answers a request below <c>/v2/</c>.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            await DispatchAsync(new(http, upstreams.Localise(RegistryPath.Parse(http.Request.Path.Value ?? ""), http.Request), options)).ConfigureAwait(false);
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

    /// <summary>Removes what nothing refers to, while the registry serves.</summary>
    /// <param name="garbage">What is garbage.</param>
    /// <param name="cancel">Stops; what was removed until then is gone.</param>
    public Task<GarbageReport> CollectGarbageAsync(GarbageOptions garbage, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(garbage);
        return collector.CollectAsync(garbage, cancel);
    }

    /// <summary>Copies what a rule says from an upstream, while the registry serves.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="cancel">Stops; what is whole by then is there.</param>
    /// <exception cref="KeelsonException">InvalidArgument: there is no such upstream. FailedPrecondition: the registry is read-only.</exception>
    public Task<SyncReport> SynchroniseAsync(SyncRule rule, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (options.IsReadOnly) throw new KeelsonException(ErrorKind.FailedPrecondition, $"synchronise with upstream {rule.Upstream}: the registry is read-only");
        return (synchroniser ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"synchronise: there is no upstream '{rule.Upstream}'")).RunAsync(rule, cancel);
    }

    /// <summary>Gives up pushes that were begun longer than <see cref="RegistryOptions.UploadAge"/> ago.</summary>
    /// <returns>How many.</returns>
    public async Task<int> PurgeUploadsAsync(CancellationToken cancel = default)
    {
        DateTimeOffset before = options.Store.Time.GetUtcNow() - options.UploadAge;
        int purged = 0;
        await foreach ((string repository, _) in catalog.WalkAsync(cancel).ConfigureAwait(false)) purged += await uploads.PurgeAsync(repository, before, cancel).ConfigureAwait(false);
        return purged;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        upstreams.Dispose();
        uploads.Dispose();
        catalog.Dispose();
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
