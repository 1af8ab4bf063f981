using Keelson.Registry.Auth;

namespace Keelson.Registry.Policies;

/// <summary>What images of some repositories have to say of themselves. All the rules count that a repository is of.</summary>
public sealed record LintRule
{
    /// <summary>Which repositories.</summary>
    public required IReadOnlyList<RepositoryPattern> Repositories { get; init; }

    /// <summary>Annotations that the manifest must have; a label of the configuration with this name, which <c>docker build</c> sets, does as well, as with zot.</summary>
    public IReadOnlyList<string> Annotations { get; init; } = [];

    /// <summary>Labels that the configuration must have.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Whether it is about a repository.</summary>
    public bool IsAbout(string repository)
    {
        foreach (RepositoryPattern pattern in Repositories)
            if (pattern.Matches(repository)) return true;
        return false;
    }
}
