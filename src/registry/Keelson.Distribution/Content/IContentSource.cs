using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>Content by digest, to be read.</summary>
public interface IContentSource
{
    /// <summary>Opens content; the caller closes the stream, which can seek.</summary>
    /// <returns>The content, or <see langword="null"/> when it is not there.</returns>
    ValueTask<Stream?> OpenReadAsync(Digest digest, CancellationToken cancellation);
}
