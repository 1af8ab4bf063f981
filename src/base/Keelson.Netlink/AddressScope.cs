namespace Keelson.Netlink;

/// <summary>How far an address is valid. RFC 3549 section 3.1.1 "scope".</summary>
public enum AddressScope : byte
{
    /// <summary>Everywhere; tools call it global.</summary>
    RT_SCOPE_UNIVERSE = 0,
    /// <summary>Within the site. IPv6.</summary>
    RT_SCOPE_SITE = 200,
    /// <summary>On this link.</summary>
    RT_SCOPE_LINK = 253,
    /// <summary>On this host.</summary>
    RT_SCOPE_HOST = 254,
    /// <summary>Nowhere.</summary>
    RT_SCOPE_NOWHERE = 255,
}
