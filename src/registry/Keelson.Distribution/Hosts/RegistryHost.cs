namespace Keelson.Distribution;

/// <summary>One host that serves a registry: the registry itself or a mirror of it.</summary>
public sealed record RegistryHost
{
    /// <summary>Scheme, host, port and the path that all requests start with: <c>https://registry.example/v2/</c>.</summary>
    public required Uri Base { get; init; }

    /// <summary>Under which name credentials for it are kept: <c>docker.io</c>, <c>mirror.example:5000</c>.</summary>
    public required string CredentialName { get; init; }

    /// <summary>What it may be asked for; everything by default.</summary>
    public HostCapabilities Capabilities { get; init; } = HostCapabilities.All;

    /// <summary>Whether it stands for another registry; requests then say which, with the query <c>ns</c>.</summary>
    public bool IsMirror { get; init; }

    /// <summary>Whether any certificate is taken.</summary>
    public bool SkipVerify { get; init; }

    /// <summary>Files of certificates in PEM form that are trusted besides those of the system.</summary>
    public IReadOnlyList<string> AuthorityFiles { get; init; } = [];

    /// <summary>Files of a certificate and its key, in PEM form, that this client shows; the key is <see langword="null"/> when both are in one file.</summary>
    public IReadOnlyList<(string Certificate, string? Key)> ClientCertificates { get; init; } = [];

    /// <summary>Headers sent with every request to this host, and to no other.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The host by its URL, without credentials: <c>https://registry.example</c>.</summary>
    public string Origin => Base.GetLeftPart(UriPartial.Authority);

    /// <summary>The URL of a resource below <see cref="Base"/>.</summary>
    internal Uri Resource(string path, string registry)
    {
        Uri resource = new(Base, path);
        if (!IsMirror) return resource;
        return new Uri(resource + (resource.Query.Length == 0 ? "?ns=" : "&ns=") + Uri.EscapeDataString(registry));
    }
}
