using Keelson.Content;
using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>The content store as a pull sees it: everything that it reads or writes is held by the pull's lease.</summary>
/// <param name="database">The store.</param>
/// <param name="space">The namespace.</param>
/// <param name="lease">The lease.</param>
/// <param name="labels">Labels of what is written.</param>
internal sealed class ContentIngest(MetadataDatabase database, string space, string lease, LabelSet labels) : IContentIngest
{
    /// <summary>How long somebody else's write of the same content is waited for between two looks.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5), LongestPause = TimeSpan.FromMilliseconds(200);

    internal ContentStore Store { get; } = database.Content(space, lease);

    /// <inheritdoc/>
    public async ValueTask<Stream?> OpenReadAsync(Digest digest, CancellationToken cancellation)
    {
        if (!await HoldAsync(digest).ConfigureAwait(false)) return null;
        return ContentSource.Open(Store, digest);
    }

    /// <inheritdoc/>
    public async ValueTask<IBlobWriter> OpenWriterAsync(string reference, CancellationToken cancellation)
    {
        Digest expected = Expected(reference);
        for (TimeSpan pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : LongestPause)
            try
            {
                return new StoreBlobWriter(this, reference, expected, await Store.OpenWriterAsync(reference, 0, expected, cancellation).ConfigureAwait(false), labels);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.Unavailable)
            {
                // Another pull, or a client of the API, brings the same.
                await Task.Delay(pause, database.Options.Time, cancellation).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
            {
                return new PresentBlobWriter(Store.OpenReader(expected));
            }
    }

    /// <summary>Makes the lease hold content.</summary>
    /// <returns>Whether there is such content.</returns>
    internal async ValueTask<bool> HoldAsync(Digest digest)
    {
        if (Store.Find(digest) is null) return false;
        LeaseResource resource = new(digest.ToString(), LeaseResource.Content);
        if (database.Leases(space).Get(lease).Resources.Contains(resource)) return true;
        await database.Leases(space).AddResourceAsync(lease, resource).ConfigureAwait(false);
        // A collection that had begun before may have taken it.
        return Store.Find(digest) is not null;
    }

    /// <summary>The digest at the end of a reference: <c>layer-sha256:…</c>.</summary>
    private static Digest Expected(string reference) => Digest.TryParse(reference.AsSpan(reference.IndexOf('-', StringComparison.Ordinal) + 1), out Digest digest) ? digest : default;
}
