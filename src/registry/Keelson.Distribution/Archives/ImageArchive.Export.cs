using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Distribution;

public static partial class ImageArchive
{
    private const string LayoutText = """{"imageLayoutVersion":"1.0.0"}""";

    /// <summary>Writes images as an OCI archive: with all their platforms that are in the store, and layers as they are.</summary>
    /// <param name="archive">Where to; it need not be able to seek, and stays open.</param>
    /// <param name="store">Where content is.</param>
    /// <param name="images">The images.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="KeelsonException">NotFound: an image is not in the store.</exception>
    public static async Task ExportOciAsync(Stream archive, IContentSource store, IReadOnlyList<ArchivedImage> images, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(images);
        SortedDictionary<string, Descriptor> blobs = new(StringComparer.Ordinal);
        foreach (ArchivedImage image in images)
            if (!await CollectAsync(store, image.Target, blobs, 0, cancellation).ConfigureAwait(false))
                throw new KeelsonException(ErrorKind.NotFound, $"export {image.Target.Digest}: nothing of it is in the store");
        ImageIndex index = IndexOf(images);
        await TarFiles.WriteAsync(archive, OciFilesAsync(store, blobs, index, null, cancellation), cancellation).ConfigureAwait(false);
    }

    /// <summary>Writes an OCI archive that <c>docker load</c> reads as well: docker's <c>manifest.json</c> names the blobs of the layout. Layers stay as they are.</summary>
    /// <inheritdoc cref="ExportDockerAsync"/>
    public static async Task ExportAsync(
        Stream archive, IContentSource store, IReadOnlyList<ArchivedImage> images, PlatformMatcher? platform = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(images);
        SortedDictionary<string, Descriptor> blobs = new(StringComparer.Ordinal);
        List<DockerArchiveEntry> entries = [];
        foreach (ArchivedImage image in images)
        {
            if (!await CollectAsync(store, image.Target, blobs, 0, cancellation).ConfigureAwait(false))
                throw new KeelsonException(ErrorKind.NotFound, $"export {image.Target.Digest}: nothing of it is in the store");
            ImageManifest manifest = await ChooseAsync(store, image.Target, platform ?? new PlatformMatcher(Platform.Current), 0, cancellation).ConfigureAwait(false)
                ?? throw new KeelsonException(ErrorKind.NotFound, $"export {image.Target.Digest}: has no image for the platform in the store");
            IEnumerable<ImageReference> names = image.Names.Select(ImageReference.Parse).Where(name => name.Tag is not null);
            entries.Add(new() { Config = BlobName(manifest.Config.Digest), RepoTags = [.. names.Select(name => name.Familiar)], Layers = [.. manifest.Layers.Select(layer => BlobName(layer.Digest))] });
        }
        ImageIndex index = IndexOf(images);
        byte[] docker = JsonSerializer.SerializeToUtf8Bytes(entries, DockerArchiveJson.Strict.IReadOnlyListDockerArchiveEntry);
        await TarFiles.WriteAsync(archive, OciFilesAsync(store, blobs, index, docker, cancellation), cancellation).ConfigureAwait(false);
    }

    private static ImageIndex IndexOf(IReadOnlyList<ArchivedImage> images) => new()
    {
        MediaType = MediaTypes.OciIndex,
        Manifests = [.. images.SelectMany(image => image.Names.Count == 0 ? [image.Target] : image.Names.Select(name => OciLayout.Named(image.Target, name)))],
    };

    /// <summary>Writes images as <c>docker save</c> does: one platform, layers as plain tar.</summary>
    /// <param name="archive">Where to; it need not be able to seek, and stays open.</param>
    /// <param name="store">Where content is.</param>
    /// <param name="images">The images.</param>
    /// <param name="platform">Which of several platforms; the machine's own by default.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="KeelsonException">NotFound: an image is not in the store or not for the platform. Unsupported: a layer is compressed with something else than gzip.</exception>
    public static async Task ExportDockerAsync(
        Stream archive, IContentSource store, IReadOnlyList<ArchivedImage> images, PlatformMatcher? platform = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(images);
        List<(ArchivedImage Image, ImageManifest Manifest, ImageConfig Config)> chosen = [];
        foreach (ArchivedImage image in images)
        {
            ImageManifest manifest = await ChooseAsync(store, image.Target, platform ?? new PlatformMatcher(Platform.Current), 0, cancellation).ConfigureAwait(false)
                ?? throw new KeelsonException(ErrorKind.NotFound, $"export {image.Target.Digest}: has no image for the platform in the store");
            ImageConfig config = ImageConfig.Parse(await LoadAsync(store, manifest.Config.Digest, manifest.Config.Size, cancellation).ConfigureAwait(false));
            if (config.Rootfs?.DiffIds.Count != manifest.Layers.Count) throw new KeelsonException(ErrorKind.InvalidArgument, $"export {image.Target.Digest}: its configuration names other layers");
            chosen.Add((image, manifest, config));
        }
        await TarFiles.WriteAsync(archive, DockerFilesAsync(store, chosen, cancellation), cancellation).ConfigureAwait(false);
    }

    /// <summary>Finds all blobs of an image; false when the document itself is not in the store, as for platforms that were not pulled.</summary>
    private static async Task<bool> CollectAsync(IContentSource store, Descriptor target, SortedDictionary<string, Descriptor> blobs, int depth, CancellationToken cancellation)
    {
        if (await store.OpenReadAsync(target.Digest, cancellation).ConfigureAwait(false) is not { } present) return false;
        await present.DisposeAsync().ConfigureAwait(false);
        byte[] document = await LoadAsync(store, target.Digest, target.Size, cancellation).ConfigureAwait(false);
        blobs[BlobName(target.Digest)] = target;
        if (ImageDocument.Identify(document, target.MediaType) == ImageDocumentKind.Manifest)
        {
            ImageManifest manifest = ImageManifest.Parse(document, target.MediaType);
            foreach (Descriptor blob in manifest.Layers.Where(layer => !MediaTypes.IsForeignLayer(layer.MediaType)).Append(manifest.Config)) blobs[BlobName(blob.Digest)] = blob;
            return true;
        }
        if (depth == ImagePuller.MaxIndexDepth) throw new KeelsonException(ErrorKind.InvalidArgument, $"export {target.Digest}: has more than {ImagePuller.MaxIndexDepth} indexes in one another");
        foreach (Descriptor child in ImageIndex.Parse(document, target.MediaType).Manifests) await CollectAsync(store, child, blobs, depth + 1, cancellation).ConfigureAwait(false);
        return true;
    }

    private static async IAsyncEnumerable<TarFile> OciFilesAsync(
        IContentSource store, SortedDictionary<string, Descriptor> blobs, ImageIndex index, byte[]? docker, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach ((string name, Descriptor blob) in blobs)
            yield return new TarFile(name, blob.Size, await OpenAsync(store, blob.Digest, cancellation).ConfigureAwait(false), null);
        yield return Document("index.json", index.ToUtf8());
        if (docker is not null) yield return Document("manifest.json", docker);
        yield return Document("oci-layout", Encoding.UTF8.GetBytes(LayoutText));
    }

    private static async Task<ImageManifest?> ChooseAsync(IContentSource store, Descriptor target, PlatformMatcher platform, int depth, CancellationToken cancellation)
    {
        if (depth > ImagePuller.MaxIndexDepth || await store.OpenReadAsync(target.Digest, cancellation).ConfigureAwait(false) is not { } present) return null;
        await present.DisposeAsync().ConfigureAwait(false);
        byte[] document = await LoadAsync(store, target.Digest, target.Size, cancellation).ConfigureAwait(false);
        if (ImageDocument.Identify(document, target.MediaType) == ImageDocumentKind.Manifest) return ImageManifest.Parse(document, target.MediaType);
        ImageIndex index = ImageIndex.Parse(document, target.MediaType);
        foreach (Descriptor child in platform.Choose(index.Manifests).Concat(index.Manifests.Where(d => d.Platform is null)))
            if (await ChooseAsync(store, child, platform, depth + 1, cancellation).ConfigureAwait(false) is { } found) return found;
        return null;
    }

    private static async IAsyncEnumerable<TarFile> DockerFilesAsync(
        IContentSource store, List<(ArchivedImage Image, ImageManifest Manifest, ImageConfig Config)> images, [EnumeratorCancellation] CancellationToken cancellation)
    {
        List<DockerArchiveEntry> entries = [];
        SortedDictionary<string, SortedDictionary<string, string>> repositories = new(StringComparer.Ordinal);
        HashSet<Digest> written = [];
        foreach ((ArchivedImage image, ImageManifest manifest, ImageConfig config) in images)
        {
            for (int i = 0; i < manifest.Layers.Count; i++)
                if (written.Add(config.Rootfs!.DiffIds[i])) yield return await LayerAsync(store, manifest.Layers[i], config.Rootfs.DiffIds[i], cancellation).ConfigureAwait(false);
            string configName = manifest.Config.Digest.Hex + ".json";
            if (written.Add(manifest.Config.Digest))
                yield return Document(configName, await LoadAsync(store, manifest.Config.Digest, manifest.Config.Size, cancellation).ConfigureAwait(false));
            List<ImageReference> names = [.. image.Names.Select(ImageReference.Parse).Where(name => name.Tag is not null)];
            entries.Add(new DockerArchiveEntry { Config = configName, RepoTags = [.. names.Select(name => name.Familiar)], Layers = [.. config.Rootfs!.DiffIds.Select(LayerName)] });
            foreach (ImageReference name in names)
            {
                string repository = name.Familiar[..name.Familiar.LastIndexOf(':')];
                if (!repositories.TryGetValue(repository, out SortedDictionary<string, string>? tags)) repositories[repository] = tags = new(StringComparer.Ordinal);
                if (config.Rootfs.DiffIds.Count > 0) tags[name.Tag!] = config.Rootfs.DiffIds[^1].Hex;
            }
        }
        yield return Document("manifest.json", JsonSerializer.SerializeToUtf8Bytes(entries, DockerArchiveJson.Strict.IReadOnlyListDockerArchiveEntry));
        yield return Document("repositories", JsonSerializer.SerializeToUtf8Bytes(repositories, DockerArchiveJson.Strict.SortedDictionaryStringSortedDictionaryStringString));
    }

    /// <summary>A layer as plain tar. A header needs the size first, so a compressed layer is inflated twice: once to be measured and checked.</summary>
    private static async Task<TarFile> LayerAsync(IContentSource store, Descriptor layer, Digest diffId, CancellationToken cancellation)
    {
        long size = 0;
        using var hash = diffId.CreateHash();
        Stream measured = await InflateAsync(store, layer, cancellation).ConfigureAwait(false);
        await using (measured.ConfigureAwait(false))
        {
            byte[] buffer = new byte[CopyBytes];
            for (int read; (read = await measured.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0; size += read) hash.AppendData(buffer, 0, read);
        }
        Digest found = Digest.FromHash(hash.GetHashAndReset());
        if (found != diffId) throw new KeelsonException(ErrorKind.DataLoss, $"export {layer.Digest}: it unpacks to {found}, its configuration says {diffId}");
        return new TarFile(LayerName(diffId), size, await InflateAsync(store, layer, cancellation).ConfigureAwait(false), null);
    }

    private static async Task<Stream> InflateAsync(IContentSource store, Descriptor layer, CancellationToken cancellation)
    {
        string type = await LayerTypeAsync(store, layer.Digest, cancellation).ConfigureAwait(false);
        if (type == MediaTypes.OciLayerZstd) throw new KeelsonException(ErrorKind.Unsupported, $"export {layer.Digest}: zstd is not inflated here");
        Stream stream = await OpenAsync(store, layer.Digest, cancellation).ConfigureAwait(false);
        return type == MediaTypes.OciLayerGzip ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    private static TarFile Document(string name, byte[] text) => new(name, text.Length, new MemoryStream(text), null);

    private static string BlobName(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";

    private static string LayerName(Digest diffId) => diffId.Hex + "/layer.tar";
}
