namespace Keelson.Netlink.Netfilter;

/// <summary>What is known about a packet and not in it. nft(8) "META EXPRESSIONS".</summary>
internal enum NftMeta : uint
{
    /// <summary>NFT_META_MARK.</summary>
    Mark = 3,
    /// <summary>NFT_META_IIFNAME: the device that it came by.</summary>
    InputName = 6,
    /// <summary>NFT_META_OIFNAME: the device that it leaves by.</summary>
    OutputName = 7,
    /// <summary>NFT_META_NFPROTO: IPv4 or IPv6.</summary>
    Family = 15,
    /// <summary>NFT_META_L4PROTO: the protocol above IP.</summary>
    Protocol = 16,
}

/// <summary>What is known about a connection. nft(8) "CONNTRACK EXPRESSIONS".</summary>
internal enum NftConnection : uint
{
    /// <summary>NFT_CT_STATE.</summary>
    State = 0,
    /// <summary>NFT_CT_STATUS.</summary>
    Status = 2,
}
