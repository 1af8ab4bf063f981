namespace Keelson.Netlink.Netfilter;

/// <summary>A chain of rules. One with a hook sees packets by itself, others are jumped to.</summary>
/// <param name="Name">Its name in its table.</param>
public sealed record NftChain(string Name)
{
    /// <summary>Where it sees packets; <see langword="null"/>: nowhere by itself.</summary>
    public NftHook? Hook { get; init; }

    /// <summary><c>filter</c>, <c>nat</c> or <c>route</c>.</summary>
    public string Type { get; init; } = "filter";

    /// <summary>Its place among the chains of the hook: <see cref="NftPriority"/>.</summary>
    public int Priority { get; init; }

    /// <summary>Whether packets that come to its end are dropped.</summary>
    public bool Drops { get; init; }
}
