namespace Keelson.Netlink.Netfilter;

/// <summary>A table: chains, sets and maps under one name.</summary>
/// <param name="Family">What it sees.</param>
/// <param name="Name">Its name.</param>
public sealed record NftTable(NftFamily Family, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Family.ToString().ToLowerInvariant()} {Name}";
}
