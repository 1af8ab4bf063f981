using Keelson.Oci;

namespace Keelson.Registry.Store;

/// <summary>Where a tag stands.</summary>
/// <param name="Name">The tag.</param>
/// <param name="Digest">Its manifest.</param>
/// <param name="Modified">When it was set.</param>
internal readonly record struct TagEntry(string Name, Digest Digest, DateTimeOffset Modified);
