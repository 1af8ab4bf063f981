using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>A manifest or index as a registry served it, checked against its digest.</summary>
/// <param name="Descriptor">Type, digest and size.</param>
/// <param name="Content">The bytes.</param>
public sealed record ManifestContent(Descriptor Descriptor, ReadOnlyMemory<byte> Content);
