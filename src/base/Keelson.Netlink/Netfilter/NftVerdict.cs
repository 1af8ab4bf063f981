namespace Keelson.Netlink.Netfilter;

/// <summary>What to do with a packet. nft(8) "VERDICT STATEMENT".</summary>
/// <param name="Code">NF_* or NFT_*.</param>
/// <param name="Chain">Where to go on, for a jump and a goto.</param>
public readonly record struct NftVerdict(int Code, string? Chain = null)
{
    private const ushort NFTA_DATA_VERDICT = 2, NFTA_VERDICT_CODE = 1, NFTA_VERDICT_CHAIN = 2;

    /// <summary>Let it pass; chains of other tables may still drop it.</summary>
    public static readonly NftVerdict Accept = new(1);

    /// <summary>Throw it away.</summary>
    public static readonly NftVerdict Drop = new(0);

    /// <summary>Go back to the chain that jumped.</summary>
    public static readonly NftVerdict Return = new(-5);

    /// <summary>Go on in another chain, and then here.</summary>
    public static NftVerdict Jump(string chain) => new(-3, chain);

    /// <summary>Go on in another chain, and not here.</summary>
    public static NftVerdict Goto(string chain) => new(-4, chain);

    /// <summary>Writes it where a value goes.</summary>
    internal void Write(ref MessageWriter message)
    {
        int nest = message.BeginNest(NFTA_DATA_VERDICT);
        message.BigEndian(NFTA_VERDICT_CODE, unchecked((uint)Code));
        if (Chain is not null) message.Attribute(NFTA_VERDICT_CHAIN, Chain);
        message.EndNest(nest);
    }
}
