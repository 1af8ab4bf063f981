using Keelson.Oci;

namespace Keelson.Registry.Upstream;

/// <summary>Where a tag stands.</summary>
/// <param name="Digest">Its manifest; <see langword="null"/>: there is none.</param>
/// <param name="Warning">What to tell the client; <see langword="null"/>: nothing.</param>
internal readonly record struct CachedTag(Digest? Digest, string? Warning = null);
