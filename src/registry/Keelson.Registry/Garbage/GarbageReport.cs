using Keelson.Oci;

namespace Keelson.Registry.Garbage;

/// <summary>What a collection removed, or would have.</summary>
/// <param name="Manifests">Manifests by repository.</param>
/// <param name="Links">How many blobs repositories have lost.</param>
/// <param name="Blobs">Content that is gone.</param>
/// <param name="Bytes">How long it was together.</param>
public sealed record GarbageReport(IReadOnlyList<(string Repository, Digest Digest)> Manifests, int Links, IReadOnlyList<Digest> Blobs, long Bytes);
