using Keelson.Registry.Auth;
using Keelson.Registry.Events;
using Keelson.Registry.Limits;
using Keelson.Registry.Policies;
using Keelson.Registry.Signatures;
using Keelson.Registry.Store;
using Keelson.Registry.Upstream;

namespace Keelson.Registry;

/// <summary>How a registry behaves.</summary>
public sealed record RegistryOptions
{
    /// <summary>Its store.</summary>
    public RegistryStoreOptions Store { get; init; } = new();

    /// <summary>Who may do what; <see langword="null"/>: everybody everything.</summary>
    public IRegistryAuthorizer? Authorizer { get; init; }

    /// <summary>Whether a tag (repository, tag) that is there may neither move nor go, whoever asks; <see langword="null"/>: none is so.</summary>
    public Func<string, string, bool>? IsImmutable { get; init; }

    /// <summary>Who hears of what happens.</summary>
    public IReadOnlyList<IRegistryObserver> Observers { get; init; } = [];

    /// <summary>Why the registry cannot serve at present, for clients; <see langword="null"/> while it can. What is refused is answered with 503.</summary>
    public Func<string?>? Trouble { get; init; }

    /// <summary>Registries whose repositories this one serves as well; none by default. One that is read-only asks none of them.</summary>
    public IReadOnlyList<UpstreamOptions> Upstreams { get; init; } = [];

    /// <summary>Whether blobs, manifests and tags may be deleted; not by default, as distribution.</summary>
    public bool AllowsDelete { get; init; }

    /// <summary>Whether nothing may be changed.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether clients get blobs from the store itself, where it lets them; yes, as distribution.</summary>
    public bool AllowsRedirect { get; init; } = true;

    /// <summary>Scheme and host that clients reach the registry by, <c>https://registry.example</c>; <see langword="null"/>: what each request says.</summary>
    public string? PublicAddress { get; init; }

    /// <summary>Whether <c>Location</c> is a path alone.</summary>
    public bool HasRelativeLocations { get; init; }

    /// <summary>Most entries of one page of a list: 1,000.</summary>
    public int PageLimit { get; init; } = 1000;

    /// <summary>Most bytes of a blob; unlimited by default.</summary>
    public long BlobLimitBytes { get; init; } = long.MaxValue;

    /// <summary>What the server tells clients as the least size of a chunk; 0: nothing. distribution-spec 1.1 "Pushing a blob in chunks".</summary>
    public long ChunkMinBytes { get; init; }

    /// <summary>What images have to say of themselves to be taken; nothing by default.</summary>
    public IReadOnlyList<LintRule> Lint { get; init; } = [];

    /// <summary>Whose signature images must have; nobody's by default.</summary>
    public IReadOnlyList<SignaturePolicy> Signatures { get; init; } = [];

    /// <summary>How much repositories may hold.</summary>
    public IReadOnlyList<QuotaRule> Quotas { get; init; } = [];

    /// <summary>Most bytes of all content together; unlimited by default.</summary>
    public long QuotaBytes { get; init; } = long.MaxValue;

    /// <summary>How often clients may ask; as often as they like by default.</summary>
    public RateLimitOptions? RateLimits { get; init; }

    /// <summary>Age at which a push that was begun is given up: 168 hours, as distribution.</summary>
    public TimeSpan UploadAge { get; init; } = TimeSpan.FromHours(168);
}
