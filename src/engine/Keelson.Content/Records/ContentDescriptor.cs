using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Points to content: what an image is of. image-spec 1.1 "descriptor", as far as the metadata keep it.</summary>
/// <param name="MediaType">Kind of the content; not empty.</param>
/// <param name="Digest">Its name.</param>
/// <param name="Size">Its length in bytes.</param>
public sealed record ContentDescriptor(string MediaType, Digest Digest, long Size)
{
    /// <summary>Annotations of the descriptor.</summary>
    public LabelSet Annotations { get; init; } = LabelSet.Empty;
}
