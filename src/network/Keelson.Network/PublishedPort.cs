using System.Net;
using System.Net.Sockets;

namespace Keelson.Network;

/// <summary>A port of a container that is reached at the host.</summary>
/// <param name="Protocol">6 TCP, 17 UDP, 132 SCTP.</param>
/// <param name="HostAddress">At which address of the host; that of no host (<c>0.0.0.0</c>, <c>::</c>) stands for all of its family.</param>
/// <param name="HostPort">At which port of the host.</param>
/// <param name="Container">Address and port of the container.</param>
public sealed record PublishedPort(byte Protocol, IPAddress HostAddress, int HostPort, IPEndPoint Container)
{
    /// <summary>Numbers of the protocols. IANA "Protocol Numbers".</summary>
    public const byte Tcp = 6, Udp = 17, Sctp = 132;

    /// <summary>Whether it is reached at all addresses of the host.</summary>
    public bool IsAtAll => HostAddress.Equals(IPAddress.Any) || HostAddress.Equals(IPAddress.IPv6Any);

    /// <summary>Whether the container has an address of IPv6 for it.</summary>
    public bool IsIpv6 => Container.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>As people write it: <c>0.0.0.0:8080->172.17.0.2:80/tcp</c>.</summary>
    public override string ToString() => $"{new IPEndPoint(HostAddress, HostPort)}->{Container}/{Name(Protocol)}";

    /// <summary>The name of a protocol.</summary>
    public static string Name(byte protocol) => protocol switch { Tcp => "tcp", Udp => "udp", Sctp => "sctp", _ => protocol.ToString(System.Globalization.CultureInfo.InvariantCulture) };
}
