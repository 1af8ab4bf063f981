namespace Keelson.Registry.Upstream;

/// <summary>Which repository comes from which upstream: the longest prefix decides.</summary>
internal sealed class UpstreamRoutes(IEnumerable<UpstreamRegistry> upstreams)
{
    private const string Any = "*";
    private readonly UpstreamRegistry[] byPrefix = [.. upstreams.Where(upstream => upstream.Options.IsOnDemand).OrderByDescending(upstream => upstream.Prefix.Length)];

    /// <summary>Where a repository comes from; <see langword="null"/>: it is of this registry alone.</summary>
    public UpstreamRoute? Find(string repository) => UpstreamOf(repository) is { } upstream && upstream.Remote(repository) is { } remote ? new(upstream, remote) : null;

    /// <summary>The upstream whose prefix a repository has.</summary>
    public UpstreamRegistry? UpstreamOf(string repository)
    {
        foreach (UpstreamRegistry upstream in byPrefix)
            if (repository.StartsWith(upstream.Prefix, StringComparison.Ordinal)) return upstream;
        return null;
    }

    /// <summary>The repository that a request means which names the registry it is for, as containerd does of mirrors: <c>library/a?ns=docker.io</c> is <c>hub/library/a</c> here.</summary>
    /// <exception cref="RegistryFault">NAME_UNKNOWN: the name would lead to the upstream of another registry.</exception>
    public string Localise(string name, string registry)
    {
        UpstreamRegistry? best = null;
        foreach (UpstreamRegistry upstream in byPrefix)
            if (upstream.Namespaces.Contains(registry) && upstream.Local(name) is { } local && Find(local)?.Upstream == upstream && (best is null || upstream.RemotePrefix.Length > best.RemotePrefix.Length)) best = upstream;
        if (best is not null) return best.Local(name)!;
        // One that stands for any is asked by the names that it has here. What is of another registry is not that one's, be the names alike.
        if (Find(name) is { } route && !route.Upstream.Namespaces.Contains(Any)) throw new RegistryFault(RegistryErrorCode.NameUnknown, "no upstream stands for that registry", registry.Length > 300 ? registry[..300] : registry);
        return name;
    }
}
