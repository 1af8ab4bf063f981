using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>Images of the engine: brought, unpacked, named, saved. Everything a call makes is held by a lease until the image's name holds it.</summary>
public interface IImageService
{
    /// <summary>Brings an image from a registry, unpacks it while it comes, and names it.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="reference">Its name.</param>
    /// <param name="options">How.</param>
    /// <param name="cancel">Ends it early; what was brought stays for the next try for a day.</param>
    /// <exception cref="RegistryException">What the registry refused or could not serve.</exception>
    /// <exception cref="KeelsonException">NotFound: the image is not for this platform. DataLoss: other content came than was named.</exception>
    Task<EngineImage> PullAsync(string space, ImageReference reference, ImagePullOptions? options = null, CancellationToken cancel = default);

    /// <summary>Brings a named image to a registry.</summary>
    /// <exception cref="KeelsonException">NotFound: no image has this name, or content of it is missing.</exception>
    Task PushAsync(string space, ImageReference reference, ImagePushOptions? options = null, CancellationToken cancel = default);

    /// <summary>Reads an archive (OCI layout or docker save, compressed or not), unpacks its images for this platform, and names them.</summary>
    /// <returns>The images, in the archive's order.</returns>
    Task<IReadOnlyList<EngineImage>> LoadAsync(string space, Stream archive, IProgress<ImageProgress>? progress = null, CancellationToken cancel = default);

    /// <summary>Writes images to an archive that <c>docker load</c> reads: docker's manifest.json beside an OCI layout.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no such image.</exception>
    Task SaveAsync(string space, IReadOnlyList<string> images, Stream archive, CancellationToken cancel = default);

    /// <summary>Makes an image of one tree: a tar archive, compressed or not, as its only layer.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="tree">The archive.</param>
    /// <param name="reference">Its name; <see langword="null"/> for none: it is then named by its digest.</param>
    /// <param name="configure">Changes the configuration that the image gets.</param>
    /// <param name="cancel">Ends it early.</param>
    Task<EngineImage> ImportAsync(string space, Stream tree, ImageReference? reference, Func<ImageConfig, ImageConfig>? configure = null, CancellationToken cancel = default);

    /// <summary>Finds an image by name, by digest, or by the beginning of its identity if one image alone has it (at least 4 digits, as docker's short ids).</summary>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: several images begin so.</exception>
    Task<EngineImage> GetAsync(string space, string nameOrId, CancellationToken cancel = default);

    /// <summary>All images, one for each identity.</summary>
    Task<IReadOnlyList<EngineImage>> ListAsync(string space, CancellationToken cancel = default);

    /// <summary>Gives an image one more name; another image that had it loses it.</summary>
    Task TagAsync(string space, string nameOrId, ImageReference name, CancellationToken cancel = default);

    /// <summary>Takes a name away, or with an identity all names. Content that nothing needs any more is collected.</summary>
    /// <returns>Names that were taken away, and identities and layers that are gone.</returns>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: a container uses the image and <paramref name="force"/> is off, or it has several names and an identity was given without force.</exception>
    Task<ImageRemoval> RemoveAsync(string space, string nameOrId, bool force = false, CancellationToken cancel = default);

    /// <summary>Removes images that no container uses.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="named">Those with a name, too.</param>
    /// <param name="cancel">Ends it early.</param>
    Task<ImageRemoval> PruneAsync(string space, bool named, CancellationToken cancel = default);

    /// <summary>Unpacks an image into a snapshotter if that has not been done; returns the key of its topmost committed snapshot, which is the chain ID of its layers.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="image">The image.</param>
    /// <param name="snapshotter">Empty for the default.</param>
    /// <param name="lease">Holds what is made; <see langword="null"/> for one of its own.</param>
    /// <param name="cancel">Ends it early.</param>
    Task<string> UnpackAsync(string space, EngineImage image, string snapshotter = "", string? lease = null, CancellationToken cancel = default);
}
