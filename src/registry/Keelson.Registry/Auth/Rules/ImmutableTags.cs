namespace Keelson.Registry.Auth;

/// <summary>Tags that stay as they are.</summary>
public sealed record ImmutableTags
{
    /// <summary>Patterns of repositories; all by default.</summary>
    public IReadOnlyList<string> Repositories { get; init => field = value ?? ["**"]; } = ["**"];

    /// <summary>Patterns of tags with <c>*</c> and <c>?</c>: <c>v*</c>.</summary>
    public IReadOnlyList<string> Tags { get; init => field = value ?? []; } = [];
}
