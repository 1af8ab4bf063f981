namespace Keelson.Registry.Auth;

/// <summary>A group.</summary>
public sealed record AccessGroup
{
    /// <summary>Names of the users in it.</summary>
    public IReadOnlyList<string> Users { get; init => field = value ?? []; } = [];
}
