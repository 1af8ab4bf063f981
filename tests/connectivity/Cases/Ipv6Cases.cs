using static Keelson.Connectivity.Tests.Topology;

namespace Keelson.Connectivity.Tests.Cases;

/// <summary>IPv6 beside IPv4.</summary>
internal static class Ipv6Cases
{
    public static readonly Topology Topology = new("ipv6",
    [
        Do("""
            docker network create --ipv6 --subnet 10.6.0.0/24 --subnet fd00:6::/64 six
            serve web --network six -p 8086:80
            serve other --network six
            """),
        Case("a neighbour", "other", "get [fd00:6::2]:80", "web from fd00:6::3"),
        Case("both addresses of a name", "other", "name web", "10.6.0.2 fd00:6::2"),
        Case("the host reaches it", "host", "get [fd00:6::2]:80", "web from fd00:6::1"),
        Case("the world sees the host's address", "other", "get [2001:db8::2]:80", "peer from 2001:db8::1"),
        Case("a published port from outside", "peer", "get [2001:db8::1]:8086", "web from 2001:db8::2"),
        Case("a published port at ::1", "host", "get [::1]:8086", "web from fd00:6::1"),
        Case("a published port from outside by IPv4", "peer", "get 198.51.100.1:8086", "web from 198.51.100.2"),
        Case("a port that is not published, by the container's address", "peer", "get [fd00:6::3]:80", "no"),
        Differs("a published port, by the container's address", "peer", "get [fd00:6::2]:80", "no", "web from 2001:db8::2", "who has a route gets in there: CVE-2025-54388"),
        Case("the route", "other", "run ip -6 route | grep default", "default via fd00:6::1 dev eth0 metric 1024"),
    ]);
}
