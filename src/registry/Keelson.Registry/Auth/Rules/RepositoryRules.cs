namespace Keelson.Registry.Auth;

/// <summary>What may be done in some repositories.</summary>
public sealed record RepositoryRules
{
    /// <summary>Rights of users and groups; who is in several has the rights of all.</summary>
    public IReadOnlyList<AccessPolicy> Policies { get; init => field = value ?? []; } = [];

    /// <summary>Actions that everybody may who has a name.</summary>
    public IReadOnlyList<string> DefaultPolicy { get; init => field = value ?? []; } = [];

    /// <summary>Actions that everybody may.</summary>
    public IReadOnlyList<string> AnonymousPolicy { get; init => field = value ?? []; } = [];
}
