using System.IO.Compression;
using System.Security.Cryptography;
using Keelson.Oci;

namespace Keelson.Bench.Image;

/// <summary>An image of given layers as an OCI layout.</summary>
internal static class ImageLayout
{
    /// <summary>Writes the image, tagged <c>1</c>, into an empty directory.</summary>
    public static async Task WriteAsync(string folder, IReadOnlyList<string> layerFiles)
    {
        Directory.CreateDirectory(folder + "/blobs/sha256");
        List<Descriptor> layers = [];
        List<Digest> diffIds = [];
        foreach (string file in layerFiles)
        {
            await using FileStream stored = File.OpenRead(file);
            Digest digest = Digest.FromHash(await SHA256.HashDataAsync(stored));
            layers.Add(new() { MediaType = MediaTypes.OciLayerGzip, Digest = digest, Size = stored.Length });
            stored.Position = 0;
            await using GZipStream tar = new(stored, CompressionMode.Decompress);
            diffIds.Add(Digest.FromHash(await SHA256.HashDataAsync(tar)));
            File.Copy(file, $"{folder}/blobs/sha256/{digest.Hex}");
        }
        Descriptor config = await PutAsync(folder, MediaTypes.OciConfig, new ImageConfig { Os = "linux", Architecture = "amd64", Rootfs = new() { Type = "layers", DiffIds = diffIds } }.ToUtf8());
        Descriptor manifest = await PutAsync(folder, MediaTypes.OciManifest, new ImageManifest { MediaType = MediaTypes.OciManifest, Config = config, Layers = layers }.ToUtf8());
        ImageIndex index = new() { MediaType = MediaTypes.OciIndex, Manifests = [manifest with { Annotations = new Dictionary<string, string> { ["org.opencontainers.image.ref.name"] = "1" } }] };
        await File.WriteAllBytesAsync(folder + "/index.json", index.ToUtf8());
        await File.WriteAllTextAsync(folder + "/oci-layout", """{"imageLayoutVersion":"1.0.0"}""");
    }

    private static async Task<Descriptor> PutAsync(string folder, string mediaType, byte[] content)
    {
        Digest digest = Digest.Of(content);
        await File.WriteAllBytesAsync($"{folder}/blobs/sha256/{digest.Hex}", content);
        return new() { MediaType = mediaType, Digest = digest, Size = content.Length };
    }
}
