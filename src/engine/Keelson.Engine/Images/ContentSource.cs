using Keelson.Content;
using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>The content store as a push or an export sees it.</summary>
internal sealed class ContentSource(ContentStore store) : IContentSource
{
    /// <inheritdoc/>
    public ValueTask<Stream?> OpenReadAsync(Digest digest, CancellationToken cancellation) => new(Open(store, digest));

    /// <summary>A stream of content; <see langword="null"/> when it is not there.</summary>
    public static Stream? Open(ContentStore store, Digest digest)
    {
        try
        {
            using ContentReader reader = store.OpenReader(digest);
            return reader.OpenStream();
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }
}
