namespace Keelson.Netlink.Netfilter;

/// <summary>Where a chain sees packets, of IPv4, IPv6, both, and bridges. nft(8) "CHAINS".</summary>
public enum NftHook : uint
{
    /// <summary>As they come, before it is decided where they go.</summary>
    Prerouting = 0,
    /// <summary>On the way to this host.</summary>
    Input = 1,
    /// <summary>On the way through it.</summary>
    Forward = 2,
    /// <summary>From it.</summary>
    Output = 3,
    /// <summary>As they leave.</summary>
    Postrouting = 4,
}

/// <summary>In which order chains of one hook see packets: the lowest number first. nft(8) "CHAINS".</summary>
public static class NftPriority
{
    /// <summary>Before connections are tracked.</summary>
    public const int Raw = -300;

    /// <summary>Where packets are changed.</summary>
    public const int Mangle = -150;

    /// <summary>Where destinations are replaced.</summary>
    public const int DestinationNat = -100;

    /// <summary>Where packets are filtered.</summary>
    public const int Filter = 0;

    /// <summary>Where sources are replaced.</summary>
    public const int SourceNat = 100;
}
