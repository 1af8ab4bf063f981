using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>What a removal of images took away.</summary>
/// <param name="Untagged">Names.</param>
/// <param name="Deleted">Identities of images, and of layers, that are gone.</param>
/// <param name="FreedBytes">What the disk got back.</param>
public sealed record ImageRemoval(IReadOnlyList<string> Untagged, IReadOnlyList<Digest> Deleted, long FreedBytes);
