using Keelson.Oci;

namespace Keelson.Registry.Upstream;

/// <summary>Where a repository comes from.</summary>
/// <param name="Upstream">The upstream.</param>
/// <param name="Remote">What it is called there.</param>
internal readonly record struct UpstreamRoute(UpstreamRegistry Upstream, RepositoryName Remote);
