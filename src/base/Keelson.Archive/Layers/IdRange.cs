namespace Keelson.Archive;

/// <summary>A range of user or group IDs and what they become. user_namespaces(7).</summary>
/// <param name="Inside">First ID in the layer.</param>
/// <param name="Outside">First ID in the tree.</param>
/// <param name="Count">How many.</param>
public readonly record struct IdRange(uint Inside, uint Outside, uint Count)
{
    /// <summary>The ID in the tree for one in the layer; <see langword="null"/> when no range holds it. Without ranges each ID stays.</summary>
    internal static uint? ToOutside(IReadOnlyList<IdRange> ranges, long id)
    {
        if (id is < 0 or >= uint.MaxValue) return null;
        if (ranges.Count == 0) return (uint)id;
        foreach (IdRange range in ranges)
            if (id >= range.Inside && id - range.Inside < range.Count)
                return (uint)(id - range.Inside + range.Outside);
        return null;
    }

    /// <summary>The ID in the layer for one in the tree; <see langword="null"/> when no range holds it.</summary>
    internal static uint? ToInside(IReadOnlyList<IdRange> ranges, uint id)
    {
        if (ranges.Count == 0) return id;
        foreach (IdRange range in ranges)
            if (id >= range.Outside && id - range.Outside < range.Count)
                return id - range.Outside + range.Inside;
        return null;
    }
}
