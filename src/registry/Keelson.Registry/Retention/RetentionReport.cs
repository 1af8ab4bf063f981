using Keelson.Oci;

namespace Keelson.Registry.Retention;

/// <summary>What has gone, or would have.</summary>
/// <param name="Tags">Tags, and where they stood.</param>
/// <param name="Manifests">Manifests.</param>
public sealed record RetentionReport(IReadOnlyList<(string Repository, string Tag, Digest Digest)> Tags, IReadOnlyList<(string Repository, Digest Digest)> Manifests);
