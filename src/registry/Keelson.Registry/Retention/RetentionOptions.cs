namespace Keelson.Registry.Retention;

/// <summary>What stays in a registry and what goes by itself.</summary>
public sealed record RetentionOptions
{
    /// <summary>The policies, the first of which that a repository is of decides.</summary>
    public IReadOnlyList<RetentionPolicy> Policies { get; init; } = [];

    /// <summary>How old manifests and cosign's tags must be to go: 24 hours. Tags go at once.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Whether nothing goes and only told what would.</summary>
    public bool IsTrial { get; init; }
}
