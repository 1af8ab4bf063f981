using Keelson.Registry.Auth;

namespace Keelson.Registry.Retention;

/// <summary>What stays in some repositories. Of several policies the first decides that a repository is of.</summary>
public sealed record RetentionPolicy
{
    /// <summary>Which repositories.</summary>
    public required IReadOnlyList<RepositoryPattern> Repositories { get; init; }

    /// <summary>Tags that one of these keeps stay, and the others go; all stay when there is none.</summary>
    public IReadOnlyList<KeepRule> KeepTags { get; init; } = [];

    /// <summary>Whether manifests go that no tag leads to.</summary>
    public bool RemovesUntagged { get; init; }

    /// <summary>Whether what is attached to a manifest that is gone goes too, cosign's tags included.</summary>
    public bool RemovesReferrers { get; init; }

    /// <summary>Whether it is about a repository.</summary>
    public bool IsAbout(string repository) => Repositories.Any(pattern => pattern.Matches(repository));
}
