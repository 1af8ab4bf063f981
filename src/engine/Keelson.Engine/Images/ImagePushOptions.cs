using Keelson.Distribution;

namespace Keelson.Engine.Images;

/// <summary>How an image is pushed.</summary>
public sealed record ImagePushOptions
{
    /// <summary>What to show the registry; <see langword="null"/> for what the engine is configured with.</summary>
    public RegistryCredential? Credential { get; init; }

    /// <summary>Where credentials come from when <see cref="Credential"/> says none; <see langword="null"/> for what the engine is configured with.</summary>
    public ICredentialSource? Credentials { get; init; }

    /// <summary>Which hosts serve registries; <see langword="null"/> for what the engine is configured with.</summary>
    public IRegistryHosts? Hosts { get; init; }

    /// <summary>The image to push; <see langword="null"/> for that of the reference.</summary>
    public string? Image { get; init; }

    /// <summary>Hears what happens.</summary>
    public IProgress<ImageProgress>? Progress { get; init; }
}
