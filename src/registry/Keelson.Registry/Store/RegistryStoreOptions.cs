namespace Keelson.Registry.Store;

/// <summary>How a store behaves.</summary>
public sealed record RegistryStoreOptions
{
    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long a blob stays that a client was told of and no manifest names: an hour. It bounds how long a push may take between its first blob and its manifest.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Most bytes of manifests that are kept in memory: 8 MiB.</summary>
    public int ManifestCacheBytes { get; init; } = 8 << 20;

    /// <summary>Of so many repositories the tags and referrers are kept in memory: 1,000.</summary>
    public int IndexCacheCount { get; init; } = 1000;

    /// <summary>Whether an index may name manifests that the repository does not have.</summary>
    public bool AllowsSparseIndexes { get; init; }

    /// <summary>How long a manifest of a repository stays that came from an upstream and that nobody uses; zero: for ever. <see langword="null"/>: there are no upstreams, and none goes.</summary>
    internal Func<string, TimeSpan>? CachedLifetime { get; init; }
}
