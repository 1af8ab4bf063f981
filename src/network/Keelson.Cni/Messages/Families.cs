using System.Net;
using System.Net.Sockets;

namespace Keelson.Cni;

/// <summary>Of which family addresses are.</summary>
internal static class Families
{
    extension(IPAddress address)
    {
        /// <summary>Whether it is of IPv6.</summary>
        public bool IsIpv6 => address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    extension(IPNetwork network)
    {
        /// <summary>Whether it is of IPv6.</summary>
        public bool IsIpv6 => network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
    }
}
