namespace Keelson.Registry.Auth;

/// <summary>Access rules as they are written: the shape of zot's <c>accessControl</c>, so that a block of it can be carried over.</summary>
public sealed record AccessRulesDocument
{
    /// <summary>Groups by their names.</summary>
    public IReadOnlyDictionary<string, AccessGroup> Groups { get; init => field = value ?? new Dictionary<string, AccessGroup>(); } = new Dictionary<string, AccessGroup>();

    /// <summary>What may be done in the repositories of a pattern, <see cref="RepositoryPattern"/>. The most specific pattern decides alone.</summary>
    public IReadOnlyDictionary<string, RepositoryRules> Repositories { get; init => field = value ?? new Dictionary<string, RepositoryRules>(); } = new Dictionary<string, RepositoryRules>();

    /// <summary>Who may do things everywhere, whatever the patterns say.</summary>
    public AccessPolicy? AdminPolicy { get; init; }

    /// <summary>Tags that nobody moves or removes once they are there, administrators neither.</summary>
    public IReadOnlyList<ImmutableTags> ImmutableTags { get; init => field = value ?? []; } = [];
}
