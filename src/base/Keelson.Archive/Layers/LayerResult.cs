using Keelson.Oci;

namespace Keelson.Archive;

/// <summary>What was read or written as a layer.</summary>
/// <param name="DiffId">sha256 of the archive before compression. image-spec 1.1 config "rootfs".</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Digest">sha256 of the layer as it is stored; empty when it was not asked for.</param>
/// <param name="StoredSize">Length of the layer as it is stored, in bytes.</param>
/// <param name="Entries">Entries of the archive.</param>
/// <param name="SkippedAttributes">Extended attributes that the file system does not have, or that are overlayfs' own.</param>
public sealed record LayerResult(Digest DiffId, long Size, Digest Digest, long StoredSize, long Entries, long SkippedAttributes);
