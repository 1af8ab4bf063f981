namespace Keelson.Netlink;

/// <summary>State of a network device. netdevice(7) "SIOCGIFFLAGS".</summary>
[Flags]
public enum LinkFlags : uint
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Set up.</summary>
    IFF_UP = 1,
    /// <summary>The loopback device.</summary>
    IFF_LOOPBACK = 8,
    /// <summary>It leads to one other end.</summary>
    IFF_POINTOPOINT = 0x10,
    /// <summary>It can send.</summary>
    IFF_RUNNING = 0x40,
}
