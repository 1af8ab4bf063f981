namespace Keelson.Netlink.Netfilter;

/// <summary>A set, or a map when its elements have values. nft(8) "SETS", "MAPS".</summary>
/// <param name="Name">Its name in its table.</param>
/// <param name="Key">What its keys are.</param>
public sealed record NftSet(string Name, NftType Key)
{
    /// <summary>What its values are; <see langword="null"/>: it has none.</summary>
    public NftType? Value { get; init; }

    /// <summary>Whether its keys are ranges.</summary>
    public bool HasRanges { get; init; }
}

/// <summary>An element of a set.</summary>
/// <param name="Key">Its key; the first one of a range. <see cref="NftValue"/>.</param>
public sealed record NftElement(byte[] Key)
{
    /// <summary>Its value in a map; empty elsewhere.</summary>
    public byte[] Value { get; init; } = [];

    /// <summary>Its value in a map of verdicts.</summary>
    public NftVerdict? Verdict { get; init; }

    /// <summary>In a set of ranges: the first key behind it; <see langword="null"/>: it goes on to the last key that there is.</summary>
    public byte[]? End { get; init; }

    /// <summary>For people; at most 127 bytes.</summary>
    public string? Comment { get; init; }
}
