using Keelson.Content;
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

    /// <summary>Whether it is unpacked while it comes; so by default.</summary>
    public bool Unpacks { get; init; } = true;

    /// <summary>Whether all images of an index are brought. One of them, the best for <see cref="Platform"/>, is unpacked.</summary>
    public bool AllPlatforms { get; init; }

    /// <summary>Where credentials come from when <see cref="Credential"/> says none; <see langword="null"/> for what the engine is configured with.</summary>
    public ICredentialSource? Credentials { get; init; }

    /// <summary>Which hosts serve registries; <see langword="null"/> for what the engine is configured with.</summary>
    public IRegistryHosts? Hosts { get; init; }

    /// <summary>The name that the image gets; <see langword="null"/> for that of the reference.</summary>
    public string? Name { get; init; }

    /// <summary>Labels of that name. They come from the caller and never from an image.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>Hears what happens.</summary>
    public IProgress<ImageProgress>? Progress { get; init; }
}
