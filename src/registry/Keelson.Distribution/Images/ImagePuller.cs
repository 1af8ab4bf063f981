using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>Brings images from registries into a content store.</summary>
/// <remarks>
/// <code>
/// name -- resolve --> digest --> index -- platform --> manifest --+--> config
///                                                                 +--> layers, several at a time
/// </code>
/// Children are stored before their parents, so that what is there by digest is there with all that it refers to. What was broken off goes on at the byte
/// that was written last. Pulls of the same puller that need the same blob at the same time fetch it once. Memory is bounded by the range buffers
/// (<see cref="MaxBufferBytes"/>) and one small buffer for each layer, whatever the size of the image.
/// </remarks>
public sealed partial class ImagePuller : IDisposable
{
    /// <summary>Most levels of indexes in indexes: 4.</summary>
    public const int MaxIndexDepth = 4;

    /// <summary>Most bytes that all pulls of one puller, or of those that share <see cref="PullOptions.Buffers"/>, hold in range buffers: 32 MiB.</summary>
    public const long MaxBufferBytes = RangeBuffers.Count * (long)RangeBuffers.BufferBytes;

    private readonly RegistryClient client;
    private readonly IContentIngest content;
    private readonly PullOptions options;
    private readonly SemaphoreSlim slots;
    private readonly RangeBuffers buffers;
    private readonly SingleFlight<Digest, bool> flights = new();

    /// <summary>Makes a puller.</summary>
    /// <param name="client">The client; it stays the caller's.</param>
    /// <param name="content">Where content goes.</param>
    /// <param name="options">How; defaults when left out.</param>
    public ImagePuller(RegistryClient client, IContentIngest content, PullOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(content);
        (this.client, this.content, this.options) = (client, content, options ?? new PullOptions());
        buffers = this.options.Buffers ?? new();
        slots = new SemaphoreSlim(Math.Max(1, this.options.Parallelism));
    }

    /// <summary>Pulls an image.</summary>
    /// <exception cref="RegistryException">What the registry refused or could not serve.</exception>
    /// <exception cref="KeelsonException">NotFound: the image is not for this platform. DataLoss: the registry sent other content than it named.</exception>
    public async Task<PulledImage> PullAsync(ImageReference reference, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        options.Progress?.Report(new(TransferState.Resolving, reference.ToString(), null, 0, 0));
        Descriptor target = await client.ResolveAsync(reference, cancellation).ConfigureAwait(false);
        List<PulledManifest> manifests = [];
        await VisitAsync(reference, target, manifests, 0, cancellation).ConfigureAwait(false);
        if (manifests.Count == 0) throw NoPlatform(reference);
        return new PulledImage(reference, target, manifests);
    }

    /// <summary>Frees what the puller holds. No pull may be running.</summary>
    public void Dispose() => slots.Dispose();

    private async Task VisitAsync(ImageReference reference, Descriptor target, List<PulledManifest> manifests, int depth, CancellationToken cancellation)
    {
        byte[] document = await DocumentAsync(reference, target, cancellation).ConfigureAwait(false);
        if (ImageDocument.Identify(document, target.MediaType) == ImageDocumentKind.Manifest)
        {
            if (await ManifestAsync(reference, target, document, cancellation).ConfigureAwait(false) is not { } manifest) return;
            manifests.Add(manifest);
        }
        else
        {
            if (depth == MaxIndexDepth) throw new KeelsonException(ErrorKind.InvalidArgument, $"pull {reference}: has more than {MaxIndexDepth} indexes in one another");
            ImageIndex index = ImageIndex.Parse(document, target.MediaType);
            foreach (Descriptor child in Choose(index))
            {
                await VisitAsync(reference, child, manifests, depth + 1, cancellation).ConfigureAwait(false);
                if (manifests.Count > 0 && !options.AllPlatforms) break;
            }
            if (manifests.Count == 0) return;
        }
        await StoreAsync(target, document, cancellation).ConfigureAwait(false);
    }

    /// <summary>The children to look at, the best first; those that do not name their platform come last and are judged by their configuration.</summary>
    private List<Descriptor> Choose(ImageIndex index)
    {
        IEnumerable<Descriptor> images = index.Manifests.Where(d => MediaTypes.IsIndex(d.MediaType) || MediaTypes.IsManifest(d.MediaType));
        return options.AllPlatforms ? [.. images] : [.. options.Platform.Choose(images), .. images.Where(d => d.Platform is null)];
    }

    private async Task<PulledManifest?> ManifestAsync(ImageReference reference, Descriptor target, byte[] document, CancellationToken cancellation)
    {
        ImageManifest manifest = ImageManifest.Parse(document, target.MediaType);
        ImageConfig? config = null;
        if (MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            await FetchAsync(reference, manifest.Config, null, 0, cancellation).ConfigureAwait(false);
            config = ImageConfig.Parse(await ReadAsync(manifest.Config, cancellation).ConfigureAwait(false));
            bool isOurs = options.AllPlatforms || target.Platform is not null || config.Os is null or "" || options.Platform.Rank(config.Platform) >= 0;
            if (!isOurs) return null;
            if (config.Rootfs is { } rootfs && rootfs.DiffIds.Count != manifest.Layers.Count)
                throw new KeelsonException(ErrorKind.InvalidArgument, $"pull {reference}: its manifest has {manifest.Layers.Count} layers, its configuration {rootfs.DiffIds.Count}");
        }
        else await FetchAsync(reference, manifest.Config, null, 0, cancellation).ConfigureAwait(false);
        PulledManifest pulled = new(target, manifest, config);
        if (options.Consumer is not null) await options.Consumer.BeginAsync(pulled, cancellation).ConfigureAwait(false);
        await LayersAsync(reference, manifest, cancellation).ConfigureAwait(false);
        return pulled;
    }

    /// <summary>Fetches all layers; the first failure ends the others, and is thrown when they have ended.</summary>
    private async Task LayersAsync(ImageReference reference, ImageManifest manifest, CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        KeelsonException? first = null;
        await Task.WhenAll(manifest.Layers.Select(async (layer, index) =>
        {
            try
            {
                await FetchAsync(reference, layer, options.Consumer, index, stop.Token).ConfigureAwait(false);
            }
            catch (KeelsonException e)
            {
                Interlocked.CompareExchange(ref first, e, null);
                await stop.CancelAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // Another layer failed; its error is the one to tell.
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        })).ConfigureAwait(false);
        if (first is not null) throw new KeelsonException(first.Kind, $"pull {reference}", first);
    }

    /// <summary>An index or manifest, from the store or else from the registry; not stored yet.</summary>
    private async Task<byte[]> DocumentAsync(ImageReference reference, Descriptor target, CancellationToken cancellation)
    {
        if (target.Size > DocumentLimits.MaxBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"pull {reference}: {target.Digest} is larger than {DocumentLimits.MaxBytes} bytes");
        if (await content.OpenReadAsync(target.Digest, cancellation).ConfigureAwait(false) is { } stored)
            await using (stored.ConfigureAwait(false)) return await ReadAllAsync(stored, target, cancellation).ConfigureAwait(false);
        if (target.VerifiedData() is { } data) return data;
        ManifestContent fetched = await client.FetchManifestAsync(new ImageReference(reference.Repository, null, target.Digest), cancellation).ConfigureAwait(false);
        if (fetched.Content.Length != target.Size) throw new KeelsonException(ErrorKind.DataLoss, $"pull {reference}: {target.Digest} has {fetched.Content.Length} bytes, not {target.Size}");
        return fetched.Content.ToArray();
    }

    private async Task StoreAsync(Descriptor target, byte[] document, CancellationToken cancellation)
    {
        string name = BlobReference.Of(target);
        await flights.RunAsync(target.Digest, async stop =>
        {
            if (await content.OpenReadAsync(target.Digest, stop).ConfigureAwait(false) is { } stored)
            {
                await stored.DisposeAsync().ConfigureAwait(false);
                return false;
            }
            IBlobWriter writer = await content.OpenWriterAsync(name, stop).ConfigureAwait(false);
            await using (writer.ConfigureAwait(false))
            {
                if (writer.Offset > 0) await writer.ResetAsync(stop).ConfigureAwait(false);
                await writer.WriteAsync(document, stop).ConfigureAwait(false);
                await writer.CommitAsync(target.Digest, target.Size, stop).ConfigureAwait(false);
            }
            return true;
        }, cancellation).ConfigureAwait(false);
        options.Progress?.Report(new(TransferState.Done, name, target, target.Size, target.Size));
    }

    private async Task<byte[]> ReadAsync(Descriptor blob, CancellationToken cancellation)
    {
        if (blob.Size > DocumentLimits.MaxBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {blob.Digest}: is larger than {DocumentLimits.MaxBytes} bytes");
        Stream stored = await content.OpenReadAsync(blob.Digest, cancellation).ConfigureAwait(false)
            ?? throw new KeelsonException(ErrorKind.NotFound, $"read {blob.Digest}: it is not in the store");
        await using (stored.ConfigureAwait(false)) return await ReadAllAsync(stored, blob, cancellation).ConfigureAwait(false);
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream, Descriptor blob, CancellationToken cancellation)
    {
        byte[] bytes = new byte[blob.Size];
        int read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return read == bytes.Length ? bytes : throw new KeelsonException(ErrorKind.DataLoss, $"read {blob.Digest}: it has {read} bytes in the store, not {blob.Size}");
    }

    private KeelsonException NoPlatform(ImageReference reference) =>
        new(ErrorKind.NotFound, $"pull {reference}: has no image for {(options.AllPlatforms ? "any platform" : options.Platform.Order[0].ToString())}");
}
