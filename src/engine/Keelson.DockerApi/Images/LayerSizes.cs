using System.Security.Cryptography;
using System.Text;
using Keelson.Engine.Images;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.DockerApi.Images;

/// <summary>Bytes of unpacked layers, by the chain of layers that they end.</summary>
internal sealed class LayerSizes
{
    private readonly Dictionary<string, (long Bytes, int Images)> layers = [];

    /// <summary>Bytes of all layers, each once.</summary>
    public long TotalBytes => layers.Values.Sum(layer => layer.Bytes);

    /// <summary>Measures the layers of some images.</summary>
    public static async Task<LayerSizes> MeasureAsync(DockerApiServices services, IEnumerable<EngineImage> images, CancellationToken cancel)
    {
        LayerSizes sizes = new();
        ISnapshotter snapshotter = services.Snapshots.Of(services.Containers.Namespace);
        foreach (EngineImage image in images)
        {
            foreach (string chain in Chains(image))
            {
                (long bytes, int count) = sizes.layers.TryGetValue(chain, out (long Bytes, int Images) known) ? known : (await OfAsync(snapshotter, chain, cancel).ConfigureAwait(false), 0);
                sizes.layers[chain] = (bytes, count + 1);
            }
        }
        return sizes;
    }

    /// <summary>Bytes of an image's layers that other images have too.</summary>
    public long SharedBytes(EngineImage image) => Chains(image).Where(chain => layers[chain].Images > 1).Sum(chain => layers[chain].Bytes);

    /// <summary>Bytes of one layer of an image.</summary>
    public long OfLayer(string chain) => layers.TryGetValue(chain, out (long Bytes, int Images) layer) ? layer.Bytes : 0;

    /// <summary>The chain identity of each layer, which is the name of its snapshot. image-spec config "Layer ChainID".</summary>
    public static IEnumerable<string> Chains(EngineImage image)
    {
        string chain = "";
        foreach (Digest layer in image.Config.Rootfs?.DiffIds ?? [])
        {
            chain = chain.Length == 0 ? layer.ToString() : "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{chain} {layer}")));
            yield return chain;
        }
    }

    private static async Task<long> OfAsync(ISnapshotter snapshotter, string chain, CancellationToken cancel)
    {
        try
        {
            return (await snapshotter.UsageAsync(chain, cancel).ConfigureAwait(false)).SizeBytes;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It is not unpacked.
            return 0;
        }
    }
}
