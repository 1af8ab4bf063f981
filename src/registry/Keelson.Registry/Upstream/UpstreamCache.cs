using System.Globalization;
using Keelson.Distribution;
using Keelson.Oci;
using Keelson.Registry.Http;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Upstream;

/// <summary>Serves repositories of other registries, and keeps what clients want of them.</summary>
/// <remarks>
/// What is here is answered from here, at the cost of content that was pushed: a tag is looked up in memory for whether its upstream has to be asked again, and what goes by its digest is never asked for
/// again. The authorizer has decided before any of this is called.
/// </remarks>
internal sealed partial class UpstreamCache : IDisposable
{
    /// <summary>Of so many tags it is kept in memory when they were last asked for.</summary>
    private const int FreshLimit = 100_000;

    /// <summary>How long a client waits for news of a tag that there is a copy of.</summary>
    private static readonly TimeSpan NewsLimit = TimeSpan.FromSeconds(10);

    private readonly TimeProvider time;
    private readonly ManifestStore manifests;
    private readonly BlobStore blobs;
    private readonly Func<string, string, bool>? isImmutable;
    private readonly ILogger logger;
    private readonly UpstreamRoutes routes;
    private readonly BlobFetcher fetcher;
    private readonly LruCache<(string Repository, string Tag), DateTimeOffset> fresh = new(FreshLimit);
    private readonly SingleFlight<(string Repository, string Tag), CachedTag> tagFlights = new();
    private readonly SingleFlight<(string Repository, Digest Digest), StoredManifest?> manifestFlights = new();

    public UpstreamCache(IReadOnlyList<UpstreamRegistry> upstreams, RegistryOptions options, IStorageDriver driver, ManifestStore manifests, BlobStore blobs, string member, ILogger logger)
    {
        (this.manifests, this.blobs, this.logger, time, isImmutable) = (manifests, blobs, logger, options.Store.Time, options.IsImmutable);
        routes = new(upstreams);
        fetcher = new(driver, blobs, time, options.BlobLimitBytes, member, logger);
    }

    /// <summary>Brings blobs.</summary>
    public BlobFetcher Fetcher => fetcher;

    /// <summary>The path that a request means which names the registry it is for.</summary>
    /// <exception cref="RegistryFault">NAME_UNKNOWN: no upstream stands for that registry.</exception>
    public RegistryPath Localise(RegistryPath path, string registry) => registry.Length == 0 ? path : path with { Name = routes.Localise(path.Name, registry) };

    /// <summary>Where a repository comes from; <see langword="null"/>: it is of this registry alone.</summary>
    public UpstreamRoute? Find(string repository) => routes.Find(repository);

    /// <summary>Where a tag stands, here or, for one that was not pushed here, there.</summary>
    /// <exception cref="RegistryFault">UNAVAILABLE: the upstream does not answer, and there is no copy.</exception>
    public async ValueTask<CachedTag> ResolveAsync(string repository, string tag, CancellationToken cancel)
    {
        if (routes.UpstreamOf(repository) is null) return new(await manifests.ResolveAsync(repository, tag, cancel).ConfigureAwait(false));
        bool isFresh = fresh.TryGet((repository, tag), out DateTimeOffset until) && until > time.GetUtcNow();
        if (isFresh && await manifests.ResolveAsync(repository, tag, cancel).ConfigureAwait(false) is { } stands) return new(stands);
        if (Find(repository) is not { } route) return new(await manifests.ResolveAsync(repository, tag, cancel).ConfigureAwait(false));
        return await tagFlights.RunAsync((repository, tag), stop => RefreshAsync(route, repository, tag, stop), cancel).ConfigureAwait(false);
    }

    /// <summary>A manifest that the repository does not have.</summary>
    /// <returns><see langword="null"/>: its upstream does not have it either.</returns>
    /// <exception cref="RegistryFault">UNAVAILABLE: the upstream does not answer.</exception>
    public async ValueTask<StoredManifest?> FetchManifestAsync(string repository, Digest digest, CancellationToken cancel)
    {
        if (Find(repository) is not { } route) return null;
        return await manifestFlights.RunAsync((repository, digest), stop => FetchAsync(route, repository, null, digest, stop), cancel).ConfigureAwait(false);
    }

    public void Dispose() => fetcher.Dispose();

    private async Task<CachedTag> RefreshAsync(UpstreamRoute route, string repository, string tag, CancellationToken cancel)
    {
        TagState state = await manifests.InspectTagAsync(repository, tag, cancel).ConfigureAwait(false);
        UpstreamRegistry upstream = route.Upstream;
        TimeSpan lifetime = upstream.Options.TagLifetime;
        if (state.Digest is not { } stands) return await FirstAsync(route, repository, tag, cancel).ConfigureAwait(false);
        DateTimeOffset now = time.GetUtcNow();
        if (state.Origin != Origin.Cached || isImmutable?.Invoke(repository, tag) == true) return Fresh(repository, tag, stands, now + lifetime);
        if (now - state.Checked < lifetime) return Fresh(repository, tag, stands, state.Checked + lifetime);
        if (upstream.IsDown) return Stale(route, state);
        try
        {
            Descriptor found = await upstream.AskAsync(stop => upstream.Client.ResolveAsync(new(route.Remote, tag, default), stop), cancel, NewsLimit).ConfigureAwait(false);
            if (found.Digest == stands) await manifests.ConfirmTagAsync(repository, tag, cancel).ConfigureAwait(false);
            else if (await manifests.FindAsync(repository, found.Digest, cancel).ConfigureAwait(false) is { } known) await manifests.KeepAsync(repository, known, tag, Origin.Cached, cancel).ConfigureAwait(false);
            else await FetchAsync(route, repository, tag, found.Digest, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            await manifests.ForgetTagAsync(repository, tag, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.IsAbsence(upstream, logger))
        {
            // Who may not see it there any more does not see it here; it is there again when the upstream says so.
            return default;
        }
        catch (Exception e) when (e is KeelsonException { Kind: ErrorKind.Unavailable } or RegistryFault { Code.Status: 503 })
        {
            return Stale(route, state);
        }
        catch (KeelsonException e)
        {
            throw e.ToFault(upstream, logger);
        }
        return await StandsAsync(repository, tag, now + lifetime, cancel).ConfigureAwait(false);
    }

    private async Task<CachedTag> FirstAsync(UpstreamRoute route, string repository, string tag, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        return await FetchAsync(route, repository, tag, default, cancel).ConfigureAwait(false) is null ? default
            : await StandsAsync(repository, tag, now + route.Upstream.Options.TagLifetime, cancel).ConfigureAwait(false);
    }

    /// <summary>What is so now, be it that a client has pushed or deleted the tag meanwhile.</summary>
    private async ValueTask<CachedTag> StandsAsync(string repository, string tag, DateTimeOffset until, CancellationToken cancel) =>
        await manifests.ResolveAsync(repository, tag, cancel).ConfigureAwait(false) is { } stands ? Fresh(repository, tag, stands, until) : default;

    private CachedTag Fresh(string repository, string tag, Digest stands, DateTimeOffset until)
    {
        fresh.Set((repository, tag), until);
        return new(stands);
    }

    private static CachedTag Stale(UpstreamRoute route, TagState state) => new(state.Digest,
        string.Create(CultureInfo.InvariantCulture, $"299 - \"upstream {route.Upstream.Name} does not answer: this is what it said at {state.Checked.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\""));

    /// <summary>Fetches a manifest by its digest, or else by a tag, and keeps it.</summary>
    /// <returns><see langword="null"/>: there is none.</returns>
    private async Task<StoredManifest?> FetchAsync(UpstreamRoute route, string repository, string? tag, Digest digest, CancellationToken cancel)
    {
        UpstreamRegistry upstream = route.Upstream;
        try
        {
            ManifestContent fetched = await upstream.AskAsync(stop => upstream.Client.FetchManifestAsync(new(route.Remote, digest.IsEmpty ? tag : null, digest), stop), cancel).ConfigureAwait(false);
            StoredManifest manifest = StoredManifest.Parse(fetched.Descriptor.Digest, fetched.Content, fetched.Descriptor.MediaType);
            logger.UpstreamFetched(upstream.Name, route.Remote, manifest.Digest, fetched.Content.Length);
            await manifests.KeepAsync(repository, manifest, tag, Origin.Cached, cancel).ConfigureAwait(false);
            return manifest;
        }
        catch (KeelsonException e) when (e.IsAbsence(upstream, logger))
        {
            return null;
        }
        catch (KeelsonException e)
        {
            throw e.ToFault(upstream, logger);
        }
    }
}
