using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.DockerApi.Images;

/// <summary>What a registry has, as a message of the API.</summary>
internal static class DistributionMessages
{
    /// <summary>A document of a registry: its descriptor, and the platforms of an index.</summary>
    public static Docker.DistributionInspect Of(ManifestContent manifest)
    {
        IEnumerable<Platform> platforms = [];
        if (MediaTypes.IsIndex(manifest.Descriptor.MediaType)) platforms = ImageIndex.Parse(manifest.Content.Span).Manifests.Select(entry => entry.Platform).OfType<Platform>();
        return new()
        {
            Descriptor = new() { MediaType = manifest.Descriptor.MediaType, Digest = manifest.Descriptor.Digest.ToString(), Size = manifest.Descriptor.Size },
            Platforms = [.. platforms.Select(platform => new Docker.DistributionPlatform
            {
                Architecture = platform.Architecture, Os = platform.Os, OsVersion = platform.OsVersion, OsFeatures = platform.OsFeatures?.ToArray(), Variant = platform.Variant,
            })],
        };
    }
}
