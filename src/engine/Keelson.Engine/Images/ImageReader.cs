using Keelson.Content;
using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>Reads the documents of images from the store.</summary>
internal static class ImageReader
{
    /// <summary>The image of a platform; <see langword="null"/> when the store has none.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a document is wrong. DataLoss: one is damaged.</exception>
    public static EngineImage? Read(ContentStore content, ContentDescriptor target, PlatformMatcher platform) => Read(content, target, target.MediaType, target.Digest, platform, false, 0);

    /// <summary>What a push sends: the whole index where the store has all of it, else the manifest of this machine's platform.</summary>
    /// <exception cref="KeelsonException">NotFound: content is missing.</exception>
    public static Descriptor PushTarget(ContentStore content, ContentDescriptor target)
    {
        if (!MediaTypes.IsIndex(target.MediaType) || IsWhole(content, target.MediaType, target.Digest, 0)) return new() { MediaType = target.MediaType, Digest = target.Digest, Size = target.Size };
        EngineImage image = Read(content, target, new(Platform.Current)) ?? throw new KeelsonException(ErrorKind.NotFound, $"read {target.Digest}: no image of this platform is in the store");
        ContentInfo manifest = content.Info(image.Manifest);
        return new() { MediaType = image.Document.MediaType!, Digest = image.Manifest, Size = manifest.Size };
    }

    private static bool IsWhole(ContentStore content, string mediaType, Digest digest, int depth)
    {
        if (Document(content, digest) is not { } document || depth > ImagePuller.MaxIndexDepth) return false;
        if (ImageDocument.Identify(document, mediaType) == ImageDocumentKind.Index)
            return ImageIndex.Parse(document, mediaType).Manifests.All(child => IsWhole(content, child.MediaType, child.Digest, depth + 1));
        ImageManifest manifest = ImageManifest.Parse(document, mediaType);
        return manifest.Layers.Where(layer => !MediaTypes.IsForeignLayer(layer.MediaType)).Append(manifest.Config).All(blob => content.Find(blob.Digest) is not null);
    }

    private static EngineImage? Read(ContentStore content, ContentDescriptor target, string mediaType, Digest digest, PlatformMatcher platform, bool isChosen, int depth)
    {
        if (Document(content, digest) is not { } document) return null;
        if (ImageDocument.Identify(document, mediaType) == ImageDocumentKind.Index)
        {
            if (depth > ImagePuller.MaxIndexDepth) return null;
            ImageIndex index = ImageIndex.Parse(document, mediaType);
            IReadOnlyList<Descriptor> chosen = platform.Choose(index.Manifests);
            foreach (Descriptor child in chosen.Concat(index.Manifests.Where(child => child.Platform is null)))
                if ((MediaTypes.IsIndex(child.MediaType) || MediaTypes.IsManifest(child.MediaType))
                    && Read(content, target, child.MediaType, child.Digest, platform, child.Platform is not null, depth + 1) is { } found) return found;
            return null;
        }
        ImageManifest manifest = ImageManifest.Parse(document, mediaType);
        if (!MediaTypes.IsConfig(manifest.Config.MediaType) || Document(content, manifest.Config.Digest) is not { } bytes) return null;
        ImageConfig config = ImageConfig.Parse(bytes);
        bool isOurs = isChosen || depth == 0 || string.IsNullOrEmpty(config.Os) || platform.Rank(config.Platform) >= 0;
        return isOurs ? new(manifest.Config.Digest, target, digest, manifest, config) { ConfigBytes = bytes } : null;
    }

    private static byte[]? Document(ContentStore content, Digest digest)
    {
        try
        {
            using ContentReader reader = content.OpenReader(digest);
            return reader.ReadAll(DocumentLimits.MaxBytes);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }
}
