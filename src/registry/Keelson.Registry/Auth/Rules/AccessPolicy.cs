namespace Keelson.Registry.Auth;

/// <summary>Rights of some users.</summary>
public sealed record AccessPolicy
{
    /// <summary>Names of users.</summary>
    public IReadOnlyList<string> Users { get; init => field = value ?? []; } = [];

    /// <summary>Names of groups.</summary>
    public IReadOnlyList<string> Groups { get; init => field = value ?? []; } = [];

    /// <summary><c>pull</c> (<c>read</c>), <c>create</c>, <c>update</c> (<c>overwrite</c>), <c>push</c> for both, <c>delete</c>, <c>catalog</c>, <c>*</c>.</summary>
    public IReadOnlyList<string> Actions { get; init => field = value ?? []; } = [];
}
