using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>Images that are made here, one on top of the other: by builds, and of containers.</summary>
/// <remarks>
/// An image that stands on another holds it by a label of its configuration, so no name is needed for what lies between a base and a result, and it goes with the last image that
/// stands on it. Labels of content come from this engine alone: an image that was brought from elsewhere has none, whatever its documents say, and so is no step of a build (CVE-2024-24557).
/// </remarks>
public interface IImageMaker
{
    /// <summary>Begins a work: what it makes is held until its end.</summary>
    /// <returns>The lease, which <see cref="EndWorkAsync"/> takes.</returns>
    Task<string> BeginWorkAsync(string space, string name);

    /// <summary>Ends a work. Of what it made, only what is named or needed by others stays.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="work">The lease.</param>
    /// <param name="kept">Images to keep under the names of their digests unless they have others, or others stand on them.</param>
    Task EndWorkAsync(string space, string work, params IReadOnlyList<EngineImage> kept);

    /// <summary>Works that a process before this one did not end.</summary>
    IReadOnlyList<string> LeftWorks(string space);

    /// <summary>Ends one of them. The last image that it had made stays, as of a work that failed.</summary>
    Task EndLeftWorkAsync(string space, string work);

    /// <summary>Has a work hold an image.</summary>
    /// <exception cref="KeelsonException">NotFound: it is gone.</exception>
    Task HoldAsync(string space, string work, EngineImage image);

    /// <summary>Makes an image.</summary>
    Task<EngineImage> MakeAsync(string space, string work, ImageDraft draft, CancellationToken cancel = default);

    /// <summary>Makes a layer of what was written to an active snapshot.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="work">The lease.</param>
    /// <param name="key">The snapshot, in the default snapshotter.</param>
    /// <param name="parent">The layers below it, the lowest first.</param>
    /// <param name="takes">Whether the snapshot itself becomes the layer's, and is gone after this; otherwise it stays and the layer is unpacked.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns><see langword="null"/> when nothing was written; the snapshot is there still.</returns>
    Task<MadeLayer?> MakeLayerAsync(string space, string work, string key, IReadOnlyList<Digest> parent, bool takes, CancellationToken cancel = default);

    /// <summary>The newest image that a step made on top of a parent.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="parent">The parent; <see langword="null"/> for none.</param>
    /// <param name="key">The step's key.</param>
    EngineImage? FindMade(string space, EngineImage? parent, string key);

    /// <summary>Lets an image that came from elsewhere hold one that it was found to stand on. It becomes no step by that.</summary>
    Task AdoptAsync(string space, EngineImage image, EngineImage? parent);

    /// <summary>Removes steps of builds.</summary>
    Task<ImageRemoval> PruneCacheAsync(string space, CachePruneOptions options, CancellationToken cancel = default);
}
