using Keelson.Registry.Http;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Upstream;

/// <summary>The upstreams of a registry.</summary>
internal sealed class UpstreamSet : IDisposable
{
    private readonly RegistryOptions options;
    private readonly ILogger logger;
    private readonly UpstreamRoutes routes;

    public UpstreamSet(RegistryOptions options, ILogger logger)
    {
        (this.options, this.logger) = (options, logger);
        All = [.. options.Upstreams.Select(upstream => new UpstreamRegistry(upstream, options.Store.Time, logger))];
        routes = new(All);
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<UpstreamRegistry> All { get; }

    /// <summary>What clients want and is not here; <see langword="null"/>: no upstream is asked.</summary>
    public UpstreamCache? Cache { get; private set; }

    /// <summary>How a registry with these upstreams behaves.</summary>
    public RegistryOptions Apply(RegistryOptions options) =>
        All.Count == 0 ? options : options with { Store = options.Store with { CachedLifetime = repository => routes.UpstreamOf(repository)?.Options.Lifetime ?? UpstreamOptions.DefaultLifetime } };

    /// <summary>Makes the cache over a store.</summary>
    /// <param name="driver">The store.</param>
    /// <param name="manifests">Its manifests.</param>
    /// <param name="blobs">Its blobs.</param>
    /// <param name="member">What the registry is called among those that share it.</param>
    public UpstreamCache? MakeCache(IStorageDriver driver, ManifestStore manifests, BlobStore blobs, string member) =>
        Cache = All.Count == 0 || options.IsReadOnly ? null : new(All, options, driver, manifests, blobs, member, logger);

    /// <summary>What a request asks for: reading requests may name the registry that they are for, with <c>?ns=</c>.</summary>
    public RegistryPath Localise(RegistryPath path, HttpRequest request) =>
        Cache is { } cache && request.QueryString.HasValue && path.Name.Length > 0 && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) ? cache.Localise(path, request.Query["ns"].ToString()) : path;

    public void Dispose()
    {
        Cache?.Dispose();
        foreach (UpstreamRegistry upstream in All) upstream.Dispose();
    }
}
