using Keelson.Oci;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Upstream;

/// <content>Blobs.</content>
internal sealed partial class UpstreamCache
{
    /// <summary>A blob that the repository does not have; it is not fetched.</summary>
    /// <returns><see langword="null"/>: its upstream does not have it either.</returns>
    /// <exception cref="RegistryFault">UNAVAILABLE: the upstream does not answer.</exception>
    public async ValueTask<BlobInfo?> FindBlobAsync(string repository, Digest digest, CancellationToken cancel)
    {
        if (Find(repository) is not { } route) return null;
        if (fetcher.LengthOf(repository, digest) is { } coming) return new BlobInfo(coming);
        UpstreamRegistry upstream = route.Upstream;
        try
        {
            return await upstream.AskAsync(stop => upstream.Client.FindBlobSizeAsync(route.Remote, digest, stop), cancel).ConfigureAwait(false) is { } length ? new BlobInfo(length) : null;
        }
        catch (KeelsonException e) when (e.IsAbsence(upstream, logger))
        {
            return null;
        }
        catch (KeelsonException e)
        {
            throw e.ToFault(upstream, logger);
        }
    }

    /// <summary>Opens a blob that the repository does not have, to be read while it comes.</summary>
    /// <returns><see langword="null"/>: its upstream does not have it either.</returns>
    /// <exception cref="RegistryFault">UNAVAILABLE: the upstream does not answer.</exception>
    public async ValueTask<IStorageReader?> OpenBlobAsync(string repository, Digest digest, CancellationToken cancel)
    {
        if (Find(repository) is not { } route) return null;
        try
        {
            return await fetcher.OpenAsync(fetcher.Join(route, repository, digest), cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.IsAbsence(route.Upstream, logger))
        {
            return null;
        }
        catch (KeelsonException e)
        {
            throw e.ToFault(route.Upstream, logger);
        }
    }

    /// <summary>Brings the blobs of a manifest that a client pushes: since it was told that they are there, it has not sent them. What cannot be had is missed by who looks next.</summary>
    public async Task CompleteAsync(string repository, StoredManifest manifest, CancellationToken cancel)
    {
        if (Find(repository) is not { } route) return;
        foreach (Descriptor blob in manifest.Blobs)
        {
            if (MediaTypes.IsForeignLayer(blob.MediaType) || await blobs.FindAsync(repository, blob.Digest, cancel).ConfigureAwait(false) is not null) continue;
            BlobFetch fetch = fetcher.Join(route, repository, blob.Digest);
            try
            {
                await fetch.Done.WaitAsync(cancel).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (e.IsAbsence(route.Upstream, logger))
            {
                return;
            }
            catch (KeelsonException e)
            {
                throw e.ToFault(route.Upstream, logger);
            }
            finally
            {
                await fetcher.LeaveAsync(fetch).ConfigureAwait(false);
            }
        }
    }
}
