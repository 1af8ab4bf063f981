using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>A manifest of a pulled image.</summary>
/// <param name="Descriptor">Its type, digest and size.</param>
/// <param name="Manifest">What it says.</param>
/// <param name="Config">The image's configuration; <see langword="null"/> where the manifest is of something else than an image.</param>
public sealed record PulledManifest(Descriptor Descriptor, ImageManifest Manifest, ImageConfig? Config);
