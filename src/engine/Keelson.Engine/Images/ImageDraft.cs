using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>An image to be made of what the engine has.</summary>
/// <param name="Parent">The image that it stands on; <see langword="null"/> for none.</param>
/// <param name="Config">Its configuration, without what <see cref="Layer"/> adds to the root.</param>
public sealed record ImageDraft(EngineImage? Parent, ImageConfig Config)
{
    /// <summary>The layer on top of the parent's; <see langword="null"/> when no file changed.</summary>
    public MadeLayer? Layer { get; init; }

    /// <summary>What the step that made it is known by among the children of its parent; empty for an image that no build may take again.</summary>
    public string CacheKey { get; init; } = "";
}

/// <summary>A layer that was made here, and its digest without compression.</summary>
/// <param name="Descriptor">What is stored.</param>
/// <param name="DiffId">The digest of its archive.</param>
public sealed record MadeLayer(Descriptor Descriptor, Digest DiffId);

/// <summary>What a removal of build cache is about.</summary>
public sealed record CachePruneOptions
{
    /// <summary>Steps within images that are there, too; without it, only what a build left that nothing has for its base.</summary>
    public bool All { get; init; }

    /// <summary>How many bytes of layers may stay; the oldest go first.</summary>
    public long KeepBytes { get; init; }

    /// <summary>Which images may go.</summary>
    public Func<EngineImage, bool> Filter { get; init; } = static _ => true;
}
