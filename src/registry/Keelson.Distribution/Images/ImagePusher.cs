using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>Brings images from a content store into registries.</summary>
/// <remarks>Blobs go first, then the manifest that names them, then the index: a registry never has a manifest whose content it lacks.</remarks>
/// <param name="client">The client; it stays the caller's.</param>
/// <param name="content">Where content is.</param>
/// <param name="options">How; defaults when left out.</param>
public sealed class ImagePusher(RegistryClient client, IContentSource content, PushOptions? options = null)
{
    private readonly PushOptions options = options ?? new PushOptions();

    /// <summary>Pushes an image under a name.</summary>
    /// <param name="reference">The name; its tag is set at the end.</param>
    /// <param name="target">The index or manifest, which must be in the store with all that it refers to.</param>
    /// <param name="cancellation">Ends it; what has been sent stays, and another push goes on from there.</param>
    /// <exception cref="KeelsonException">NotFound: something of the image is not in the store.</exception>
    /// <exception cref="RegistryException">What the registry refused.</exception>
    public async Task PushAsync(ImageReference reference, Descriptor target, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(target);
        await VisitAsync(reference.Repository, target, reference.Tag, 0, cancellation).ConfigureAwait(false);
    }

    private async Task VisitAsync(RepositoryName repository, Descriptor target, string? tag, int depth, CancellationToken cancellation)
    {
        byte[] document = await DocumentAsync(target, cancellation).ConfigureAwait(false);
        string mediaType;
        if (ImageDocument.Identify(document, target.MediaType) == ImageDocumentKind.Manifest)
        {
            ImageManifest manifest = ImageManifest.Parse(document, target.MediaType);
            mediaType = manifest.MediaType!;
            // A blob that is there twice is pushed once; one that only its own URLs may serve is not pushed at all.
            IEnumerable<Descriptor> blobs = manifest.Layers.Where(layer => !MediaTypes.IsForeignLayer(layer.MediaType)).Append(manifest.Config).DistinctBy(blob => blob.Digest);
            ParallelOptions parallel = new() { MaxDegreeOfParallelism = Math.Max(1, options.Parallelism), CancellationToken = cancellation };
            await Parallel.ForEachAsync(blobs, parallel, async (blob, stop) => await PushBlobAsync(repository, blob, stop).ConfigureAwait(false)).ConfigureAwait(false);
        }
        else
        {
            if (depth == ImagePuller.MaxIndexDepth) throw new KeelsonException(ErrorKind.InvalidArgument, $"push {repository}: has more than {ImagePuller.MaxIndexDepth} indexes in one another");
            ImageIndex index = ImageIndex.Parse(document, target.MediaType);
            mediaType = index.MediaType!;
            foreach (Descriptor child in index.Manifests) await VisitAsync(repository, child, null, depth + 1, cancellation).ConfigureAwait(false);
        }
        await client.PushManifestAsync(repository, tag, mediaType, document, cancellation).ConfigureAwait(false);
        options.Progress?.Report(new(TransferState.Done, BlobReference.Of(target), target, target.Size, target.Size));
    }

    private async Task PushBlobAsync(RepositoryName repository, Descriptor blob, CancellationToken cancellation)
    {
        string name = BlobReference.Of(blob);
        long sent = 0;
        BlobPushResult result = await client.PushBlobAsync(repository, blob, async stop => await OpenAsync(blob, stop).ConfigureAwait(false), new BlobPushOptions
        {
            MountFrom = options.MountFrom?.Invoke(blob),
            Journal = options.Journal,
            Sent = bytes => options.Progress?.Report(new(TransferState.Moving, name, blob, Math.Min(blob.Size, sent += bytes), blob.Size)),
        }, cancellation).ConfigureAwait(false);
        options.Progress?.Report(new(result == BlobPushResult.Uploaded ? TransferState.Done : TransferState.Exists, name, blob, blob.Size, blob.Size));
    }

    private async Task<byte[]> DocumentAsync(Descriptor target, CancellationToken cancellation)
    {
        if (target.Size > DocumentLimits.MaxBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"push {target.Digest}: is larger than {DocumentLimits.MaxBytes} bytes");
        Stream stream = await OpenAsync(target, cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            byte[] document = new byte[target.Size];
            await stream.ReadExactlyAsync(document, cancellation).ConfigureAwait(false);
            return document;
        }
    }

    private async ValueTask<Stream> OpenAsync(Descriptor blob, CancellationToken cancellation) =>
        await content.OpenReadAsync(blob.Digest, cancellation).ConfigureAwait(false) ?? throw new KeelsonException(ErrorKind.NotFound, $"push {blob.Digest}: it is not in the store");
}
