using Keelson.Distribution;
using Keelson.Engine.Containers;
using Keelson.Oci;

namespace Keelson.Build;

/// <summary>What is built, and how. Docker Engine API v1.41 <c>ImageBuild</c>.</summary>
public sealed record BuildOptions
{
    /// <summary>Path of the Dockerfile in the context; <c>Dockerfile</c> or <c>dockerfile</c> when empty.</summary>
    public string DockerfileName { get; init; } = "";

    /// <summary>Names of the result.</summary>
    public IReadOnlyList<ImageReference> Tags { get; init; } = [];

    /// <summary>Values of ARG; <see langword="null"/> leaves the default.</summary>
    public IReadOnlyDictionary<string, string?> Arguments { get; init; } = new Dictionary<string, string?>();

    /// <summary>Labels of the result.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether every step is done anew.</summary>
    public bool SkipsCache { get; init; }

    /// <summary>Images whose steps count as done, in place of those that were built here.</summary>
    public IReadOnlyList<string> CacheSources { get; init; } = [];

    /// <summary>Whether images are brought although they are here.</summary>
    public bool Pulls { get; init; }

    /// <summary>Whether containers of steps that went well are removed.</summary>
    public bool Removes { get; init; } = true;

    /// <summary>Whether those of a step that failed are, too.</summary>
    public bool RemovesAlways { get; init; }

    /// <summary>How containers of steps stand on their host: network, limits, hosts, security.</summary>
    public HostSettings Host { get; init; } = new();

    /// <summary>The stage to stop behind, by name or number; empty for the last.</summary>
    public string Target { get; init; } = "";

    /// <summary>The platform of images that are brought; <see langword="null"/> for this machine's.</summary>
    public Platform? Platform { get; init; }

    /// <summary>What to show a registry, by its address.</summary>
    public Func<string, RegistryCredential?> Credentials { get; init; } = static _ => null;
}
