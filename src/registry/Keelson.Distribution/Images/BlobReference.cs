using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>The names under which objects of images are written, the same as containerd's.</summary>
internal static class BlobReference
{
    public static string Of(Descriptor descriptor)
    {
        string kind = MediaTypes.IsIndex(descriptor.MediaType) ? "index" : MediaTypes.IsManifest(descriptor.MediaType) ? "manifest"
            : MediaTypes.IsLayer(descriptor.MediaType) ? "layer" : MediaTypes.IsConfig(descriptor.MediaType) ? "config" : "unknown";
        return $"{kind}-{descriptor.Digest}";
    }
}
