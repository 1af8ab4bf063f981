namespace Keelson.Netlink;

/// <summary>State of an address, and how it was asked for. rtnetlink(7) RTM_NEWADDR.</summary>
[Flags]
public enum AddressFlags : uint
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>IPv4: another address of the same network came first. IPv6: made for privacy, and goes again (IFA_F_TEMPORARY).</summary>
    IFA_F_SECONDARY = 1,
    /// <summary>It is used without a look whether somebody has it. IPv6.</summary>
    IFA_F_NODAD = 2,
    /// <summary>It is used while that look goes on. IPv6.</summary>
    IFA_F_OPTIMISTIC = 4,
    /// <summary>Somebody has it already. IPv6.</summary>
    IFA_F_DADFAILED = 8,
    /// <summary>The home address of mobile IPv6.</summary>
    IFA_F_HOMEADDRESS = 0x10,
    /// <summary>New connections do not use it.</summary>
    IFA_F_DEPRECATED = 0x20,
    /// <summary>The look whether somebody has it goes on. IPv6.</summary>
    IFA_F_TENTATIVE = 0x40,
    /// <summary>It does not expire.</summary>
    IFA_F_PERMANENT = 0x80,
    /// <summary>The kernel makes addresses for privacy of it.</summary>
    IFA_F_MANAGETEMPADDR = 0x100,
    /// <summary>No route to its network comes with it.</summary>
    IFA_F_NOPREFIXROUTE = 0x200,
    /// <summary>Its multicast group is joined.</summary>
    IFA_F_MCAUTOJOIN = 0x400,
    /// <summary>The kernel made it of a secret and the network. RFC 7217.</summary>
    IFA_F_STABLE_PRIVACY = 0x800,
}
