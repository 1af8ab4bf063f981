using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>Takes layers while they are downloaded, so that they are unpacked in the same pass.</summary>
public interface ILayerConsumer
{
    /// <summary>Hears of an image before its layers come; those of the next one come after this one's.</summary>
    /// <param name="manifest">The image. What is not a container image has no configuration, and its layers come all the same.</param>
    /// <param name="cancellation">Ends it.</param>
    ValueTask BeginAsync(PulledManifest manifest, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Takes one layer. Layers come at the same time; each once in a pull, also when its content is there already.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="index">Its place in the manifest; 0 is the lowest.</param>
    /// <param name="content">
    /// The layer as it is in the registry. It follows the download and never holds it up. Its end is only reported when the digest of the whole has been
    /// found right; whatever is made of it must count as untrue until then. A failed download makes reading throw. It ends with this call.
    /// </param>
    /// <param name="cancellation">Ends it.</param>
    Task ConsumeAsync(Descriptor layer, int index, Stream content, CancellationToken cancellation);
}
