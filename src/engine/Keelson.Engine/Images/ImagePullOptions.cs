using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>How an image is pulled.</summary>
public sealed record ImagePullOptions
{
    /// <summary>What to show the registry; <see langword="null"/> for what the engine is configured with.</summary>
    public RegistryCredential? Credential { get; init; }

    /// <summary>Which image of an index; the machine's own by default.</summary>
    public Platform? Platform { get; init; }

    /// <summary>The snapshotter to unpack into; empty for the default.</summary>
    public string Snapshotter { get; init; } = "";

    /// <summary>Hears what happens.</summary>
    public IProgress<ImageProgress>? Progress { get; init; }
}

/// <summary>How an image is pushed.</summary>
public sealed record ImagePushOptions
{
    /// <summary>What to show the registry; <see langword="null"/> for what the engine is configured with.</summary>
    public RegistryCredential? Credential { get; init; }

    /// <summary>Hears what happens.</summary>
    public IProgress<ImageProgress>? Progress { get; init; }
}

/// <summary>What happens to one object of an image.</summary>
/// <param name="Step">What is done.</param>
/// <param name="Digest">The object; <see langword="null"/> for the image as a whole.</param>
/// <param name="Offset">Bytes done.</param>
/// <param name="Total">Bytes in all; 0 when unknown.</param>
public readonly record struct ImageProgress(ImageStep Step, Digest? Digest, long Offset, long Total);

/// <summary>What is done to an object of an image.</summary>
public enum ImageStep
{
    /// <summary>Its name is being resolved.</summary>
    Resolving,
    /// <summary>It waits for its turn.</summary>
    Waiting,
    /// <summary>It comes.</summary>
    Downloading,
    /// <summary>It goes.</summary>
    Uploading,
    /// <summary>It is being unpacked.</summary>
    Unpacking,
    /// <summary>It was there already.</summary>
    Exists,
    /// <summary>All is done.</summary>
    Done,
}
