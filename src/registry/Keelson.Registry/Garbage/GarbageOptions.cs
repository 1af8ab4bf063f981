namespace Keelson.Registry.Garbage;

/// <summary>What is garbage, and what becomes of it.</summary>
public sealed record GarbageOptions
{
    /// <summary>Whether manifests go that no tag leads to: neither by itself, nor as part of an index that stays, nor as attached to a manifest that stays.</summary>
    public bool RemovesUntagged { get; init; }

    /// <summary>Whether nothing is removed and only told what would be.</summary>
    public bool IsTrial { get; init; }

    /// <summary>Age up to which what nothing refers to stays; <see langword="null"/>: the lease of the store. Zero is for a registry that serves nobody meanwhile.</summary>
    public TimeSpan? MinAge { get; init; }
}
