using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>What happens to one object of an image.</summary>
/// <param name="Step">What is done.</param>
/// <param name="Digest">The object; <see langword="null"/> for the image as a whole.</param>
/// <param name="Offset">Bytes done.</param>
/// <param name="Total">Bytes in all; 0 when unknown.</param>
public readonly record struct ImageProgress(ImageStep Step, Digest? Digest, long Offset, long Total);
