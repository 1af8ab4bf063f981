using System.Collections.Concurrent;
using Keelson.Content;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>Images of this machine's platform that were read before. What a digest names never changes; whether a namespace has it is asked each time.</summary>
internal sealed class ImageCache
{
    /// <summary>Most images that are kept: some megabytes. Each step of a build is one.</summary>
    private const int Limit = 4096;

    private readonly ConcurrentDictionary<Digest, EngineImage> images = [];
    private readonly PlatformMatcher platform = new(Platform.Current);

    /// <summary>The image that a target stands for; <see langword="null"/> when the namespace has none for this platform.</summary>
    /// <inheritdoc cref="ImageReader.Read(ContentStore, ContentDescriptor, PlatformMatcher)" path="/exception"/>
    public EngineImage? Read(ContentStore content, ContentDescriptor target)
    {
        if (images.TryGetValue(target.Digest, out EngineImage? known) && content.Find(target.Digest) is not null && content.Find(known.Manifest) is not null && content.Find(known.Id) is not null)
            return known with { Target = target };
        if (ImageReader.Read(content, target, platform) is not { } image) return null;
        if (images.Count >= Limit) images.Clear();
        images[target.Digest] = image;
        return image;
    }
}
