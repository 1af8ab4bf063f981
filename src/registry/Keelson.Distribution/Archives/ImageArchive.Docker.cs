using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Distribution;

public static partial class ImageArchive
{
    /// <summary>Makes manifests of what <c>docker save</c> wrote, which has none.</summary>
    private static async Task<IReadOnlyList<ArchivedImage>> ReadDockerAsync(byte[] text, Contents contents, CancellationToken cancellation)
    {
        IReadOnlyList<DockerArchiveEntry> entries;
        try
        {
            entries = JsonSerializer.Deserialize(text, DockerArchiveJson.Strict.IReadOnlyListDockerArchiveEntry) ?? throw Wrong("manifest.json is null");
        }
        catch (JsonException e)
        {
            throw Wrong("manifest.json is not a list of images", e);
        }
        List<ArchivedImage> images = [];
        foreach (DockerArchiveEntry entry in entries) images.Add(await ReadDockerAsync(entry, contents, cancellation).ConfigureAwait(false));
        return images;
    }

    private static async Task<ArchivedImage> ReadDockerAsync(DockerArchiveEntry entry, Contents contents, CancellationToken cancellation)
    {
        (Digest Digest, long Size) config = contents.Blob(entry.Config) ?? throw Wrong($"the configuration {RegistryErrors.Clean(entry.Config)} is not in it");
        ImageConfig image = ImageConfig.Parse(await LoadAsync(contents.Store, config.Digest, config.Size, cancellation).ConfigureAwait(false));
        IReadOnlyList<Digest> diffIds = image.Rootfs?.DiffIds ?? [];
        if (diffIds.Count != entry.Layers.Count) throw Wrong($"an image has {entry.Layers.Count} layers, its configuration {diffIds.Count}");
        List<Descriptor> layers = [];
        for (int i = 0; i < entry.Layers.Count; i++)
        {
            (Digest Digest, long Size) layer = contents.Blob(entry.Layers[i]) ?? throw Wrong($"the layer {RegistryErrors.Clean(entry.Layers[i])} is not in it");
            string mediaType = await LayerTypeAsync(contents.Store, layer.Digest, cancellation).ConfigureAwait(false);
            if (mediaType == MediaTypes.OciLayer && layer.Digest != diffIds[i])
                throw new KeelsonException(ErrorKind.DataLoss, $"read an image archive: the layer {RegistryErrors.Clean(entry.Layers[i])} is {layer.Digest}, its configuration says {diffIds[i]}");
            layers.Add(new Descriptor { MediaType = mediaType, Digest = layer.Digest, Size = layer.Size });
        }
        byte[] manifest = new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = config.Digest, Size = config.Size },
            Layers = layers,
        }.ToUtf8();
        Descriptor target = new() { MediaType = MediaTypes.OciManifest, Digest = Digest.Of(manifest), Size = manifest.Length };
        if (await contents.Store.OpenReadAsync(target.Digest, cancellation).ConfigureAwait(false) is { } present) await present.DisposeAsync().ConfigureAwait(false);
        else await contents.StoreAsync(new MemoryStream(manifest), target.Digest, target.Size, cancellation).ConfigureAwait(false);
        return new ArchivedImage(target, [.. (entry.RepoTags ?? []).Select(tag => ImageReference.Parse(tag).ToString())]);
    }

    private static async Task<string> LayerTypeAsync(IContentSource store, Digest layer, CancellationToken cancellation)
    {
        Stream stream = await OpenAsync(store, layer, cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            byte[] head = new byte[4];
            await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return head switch
            {
                [0x1f, 0x8b, ..] => MediaTypes.OciLayerGzip,
                [0x28, 0xb5, 0x2f, 0xfd] => MediaTypes.OciLayerZstd,
                _ => MediaTypes.OciLayer,
            };
        }
    }

    private static async Task<Stream> OpenAsync(IContentSource store, Digest digest, CancellationToken cancellation) =>
        await store.OpenReadAsync(digest, cancellation).ConfigureAwait(false) ?? throw new KeelsonException(ErrorKind.NotFound, $"read {digest}: it is not in the store");

    private static async Task<byte[]> LoadAsync(IContentSource store, Digest digest, long size, CancellationToken cancellation)
    {
        if (size > DocumentLimits.MaxBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {digest}: is larger than {DocumentLimits.MaxBytes} bytes");
        Stream stream = await OpenAsync(store, digest, cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            byte[] bytes = new byte[size];
            await stream.ReadExactlyAsync(bytes, cancellation).ConfigureAwait(false);
            return bytes;
        }
    }
}
