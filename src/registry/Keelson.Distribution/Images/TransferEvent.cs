using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>One step of a pull or push.</summary>
/// <param name="State">What happens.</param>
/// <param name="Reference">The object: <c>layer-sha256:…</c>, <c>config-sha256:…</c>, <c>manifest-sha256:…</c>, <c>index-sha256:…</c>, or the image's name.</param>
/// <param name="Descriptor">The object; <see langword="null"/> while a name is being resolved.</param>
/// <param name="Offset">Bytes that are there.</param>
/// <param name="Total">Bytes in all.</param>
public readonly record struct TransferEvent(TransferState State, string Reference, Descriptor? Descriptor, long Offset, long Total);
