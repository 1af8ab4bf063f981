namespace Keelson.Distribution;

/// <summary>How a <see cref="RegistryClient"/> works.</summary>
public sealed record RegistryClientOptions
{
    /// <summary>Which hosts serve a registry; by default those that the names say.</summary>
    public IRegistryHosts Hosts { get; init; } = new DirectHosts();

    /// <summary>Where credentials come from; none by default.</summary>
    public ICredentialSource Credentials { get; init; } = FixedCredentials.None;

    /// <summary>Hosts of token servers that get the credential of any registry that names them, besides those of the registry's own domain.</summary>
    public IReadOnlySet<string> TrustedRealms { get; init; } = new HashSet<string>();

    /// <summary>What it calls itself.</summary>
    public string UserAgent { get; init; } = "keelson/0.1";

    /// <summary>How long nothing may come or go before a request counts as lost; 30 s by default.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may take; 15 s by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a request is tried in all, when the registry is busy or the connection breaks; 5 by default.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The wait before the second try; it doubles with each, and varies by half. 500 ms by default.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait, also when the registry asks for more with <c>Retry-After</c>: then the request fails. 60 s by default.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of one chunk of an upload; 0, the default, sends a blob in one request.</summary>
    public long UploadChunkBytes { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Hears what a registry warns of, and what was tried again and why. It may be called from any thread.</summary>
    public Action<string>? Warn { get; init; }
}
