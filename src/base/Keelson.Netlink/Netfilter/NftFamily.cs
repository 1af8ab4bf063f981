namespace Keelson.Netlink.Netfilter;

/// <summary>What packets a table sees. nft(8) "ADDRESS FAMILIES".</summary>
public enum NftFamily : byte
{
    /// <summary>IPv4 and IPv6.</summary>
    Inet = 1,
    /// <summary>IPv4.</summary>
    Ip = 2,
    /// <summary>ARP.</summary>
    Arp = 3,
    /// <summary>Everything that enters by one device.</summary>
    NetDev = 5,
    /// <summary>What passes a bridge.</summary>
    Bridge = 7,
    /// <summary>IPv6.</summary>
    Ip6 = 10,
}
