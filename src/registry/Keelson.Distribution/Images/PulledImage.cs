using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>An image whose content is all there.</summary>
/// <param name="Reference">What was asked for.</param>
/// <param name="Target">What the name stands for: an index or a manifest.</param>
/// <param name="Manifests">The manifests whose configuration and layers are there, the best for the machine first.</param>
public sealed record PulledImage(ImageReference Reference, Descriptor Target, IReadOnlyList<PulledManifest> Manifests);
