using Keelson.Content;
using Keelson.Engine.Diff;
using Keelson.Oci;

namespace Keelson.Api;

/// <summary>Content that the daemon itself makes.</summary>
internal static class ContentFile
{
    /// <summary>Puts something into the content store, unless it is there.</summary>
    /// <param name="store">The store.</param>
    /// <param name="reference">Names the ingest.</param>
    /// <param name="mediaType">What it is.</param>
    /// <param name="write">Writes it; it runs on another thread.</param>
    /// <param name="cancel">Gives it up.</param>
    public static async Task<ContentDescriptor> WriteAsync(IContentStore store, string reference, string mediaType, Action<Stream> write, CancellationToken cancel)
    {
        using IContentWriter writer = await store.OpenWriterAsync(reference, cancel: cancel).ConfigureAwait(false);
        await Task.Run(() =>
        {
            using ContentWriterStream target = new(writer);
            write(target);
        }, cancel).ConfigureAwait(false);
        Digest digest = writer.Digest();
        long size = writer.Offset;
        try
        {
            await writer.CommitAsync().ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
        {
            // The same bytes are there, as wanted.
        }
        return new(mediaType, digest, size);
    }
}
