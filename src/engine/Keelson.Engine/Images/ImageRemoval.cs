using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>What a removal of images took away.</summary>
/// <param name="Untagged">Names.</param>
/// <param name="Images">Identities of images that are gone.</param>
/// <param name="Layers">Chain identities of layers that are gone.</param>
/// <param name="FreedBytes">What the disk got back.</param>
public sealed record ImageRemoval(IReadOnlyList<string> Untagged, IReadOnlyList<Digest> Images, IReadOnlyList<Digest> Layers, long FreedBytes)
{
    /// <summary>All that is gone, images first.</summary>
    public IReadOnlyList<Digest> Deleted => [.. Images, .. Layers];
}
