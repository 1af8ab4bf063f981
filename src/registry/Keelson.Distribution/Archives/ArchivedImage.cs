using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>An image that came from an archive, or goes into one.</summary>
/// <param name="Target">The index or manifest.</param>
/// <param name="Names">The names; none for an image without one.</param>
public sealed record ArchivedImage(Descriptor Target, IReadOnlyList<string> Names);
