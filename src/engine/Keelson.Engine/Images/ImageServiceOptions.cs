using Keelson.Distribution;

namespace Keelson.Engine.Images;

/// <summary>How images come and go.</summary>
public sealed record ImageServiceOptions
{
    /// <summary>Which hosts serve a registry; by default those that the names say.</summary>
    public IRegistryHosts Hosts { get; init; } = new DirectHosts();

    /// <summary>Where credentials come from when a call brings none; none by default.</summary>
    public ICredentialSource Credentials { get; init; } = FixedCredentials.None;

    /// <summary>The registry client's other settings; its hosts and credentials are those above.</summary>
    public RegistryClientOptions Client { get; init; } = new();

    /// <summary>Says which content a name may mean, of each pull, whoever asks for it; <see langword="null"/>: the registry does.</summary>
    public IImageTrust? Trust { get; init; }

    /// <summary>Layers of one image that come or go at the same time; 3, as containerd.</summary>
    public int Parallelism { get; init; } = 3;

    /// <summary>How long what a broken pull brought is kept for the next one: 24 hours.</summary>
    public TimeSpan LeaseLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Called between the steps of a pull, with their names, so that tests can stop there.</summary>
    internal Action<string>? Step { get; init; }
}
