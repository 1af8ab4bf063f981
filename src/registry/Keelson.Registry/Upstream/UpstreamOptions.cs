using Keelson.Distribution;

namespace Keelson.Registry.Upstream;

/// <summary>Another registry, whose repositories this one serves as well.</summary>
public sealed record UpstreamOptions
{
    /// <summary>What logs and messages call it.</summary>
    public required string Name { get; init; }

    /// <summary>Its address without user and query: <c>https://registry-1.docker.io</c>.</summary>
    public required Uri Address { get; init; }

    /// <summary>What the names of its repositories begin with here: <c>hub/</c>; empty for all names that no longer prefix takes. A slash at the end is added.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>What stands there in place of <see cref="Prefix"/>: <c>library/</c>; nothing by default.</summary>
    public string RemotePrefix { get; init; } = "";

    /// <summary>The registries that it stands for in requests with <c>?ns=</c>, as containerd sends them; <c>*</c> for any. None: the host of its address, and docker.io for registry-1.docker.io.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>What it is shown; <see langword="null"/>: what <see cref="Credentials"/> has.</summary>
    public RegistryCredential? Credential { get; init; }

    /// <summary>Where its credential is kept; nowhere by default.</summary>
    public ICredentialSource Credentials { get; init; } = FixedCredentials.None;

    /// <summary>Hosts of token servers that may see the credential, besides those of its own domain.</summary>
    public IReadOnlySet<string> TrustedRealms { get; init; } = new HashSet<string>();

    /// <summary>Files of certificates in PEM form that are trusted besides those of the system.</summary>
    public IReadOnlyList<string> AuthorityFiles { get; init; } = [];

    /// <summary>Whether any certificate is taken.</summary>
    public bool SkipVerify { get; init; }

    /// <summary>Whether it is asked for what clients want and this registry lacks; otherwise it is there to synchronise from.</summary>
    public bool IsOnDemand { get; init; } = true;

    /// <summary>How long a tag is taken to stand where it stood when it was last asked: a minute. Zero: it is asked each time.</summary>
    public TimeSpan TagLifetime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a manifest stays that nobody asks for, and with it its blobs: 168 hours, as distribution. Zero: for ever.</summary>
    public TimeSpan Lifetime { get; init; } = DefaultLifetime;

    /// <summary>Most bytes of a blob; unlimited by default.</summary>
    public long BlobLimitBytes { get; init; } = long.MaxValue;

    /// <summary>How long nothing may come before a request counts as lost: 30 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may take: 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a request is tried in all: 3.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>The wait before the second try; it doubles with each: 250 ms.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long it is not asked again, once it did not answer, for what there is a copy of: 10 s.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(10);

    internal static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(168);
}
