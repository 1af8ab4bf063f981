using Keelson.Registry.Auth;

namespace Keelson.Registry.Limits;

/// <summary>How much each of some repositories may hold. All the rules count that a repository is of.</summary>
public sealed record QuotaRule
{
    /// <summary>Which repositories.</summary>
    public required IReadOnlyList<RepositoryPattern> Repositories { get; init; }

    /// <summary>Most bytes of its blobs and manifests, each once, whether other repositories have them too or not.</summary>
    public long Bytes { get; init; } = long.MaxValue;

    /// <summary>Most tags.</summary>
    public int Tags { get; init; } = int.MaxValue;

    /// <summary>Whether it is about a repository.</summary>
    public bool IsAbout(string repository) => Repositories.Any(pattern => pattern.Matches(repository));
}
