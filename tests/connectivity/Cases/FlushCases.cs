using static Keelson.Connectivity.Tests.Topology;

namespace Keelson.Connectivity.Tests.Cases;

/// <summary>After somebody has flushed all rules of the host.</summary>
internal static class FlushCases
{
    private const string Gone = "its rules stay gone until it is started again: CVE-2025-54410";

    public static readonly Topology Topology = new("flush",
    [
        Do("""
            docker network create --subnet 10.1.0.0/24 a
            docker network create --subnet 10.2.0.0/24 b
            serve web --network a -p 8080:80 -p 127.0.0.1:8082:80
            serve far --network b
            cp /proc/sys/net/ipv4/ip_forward /run/forward
            iptables-save > /run/rules; ip6tables-save > /run/rules6
            nft flush ruleset
            """),
        Differs("a published port from outside", "peer", "get 198.51.100.1:8080", "web from 198.51.100.2", "web from 10.1.0.1", "a proxy is left, which hides who asks"),
        Differs("a port by the container's address", "peer", "get 10.1.0.2:80", "no", "web from 198.51.100.2", Gone),
        Differs("another network", "far", "get 10.1.0.2:80", "no", "web from 10.2.0.2", Gone),
        Case("a port at 127.0.0.1 from outside", "peer", "get 198.51.100.1:8082", "no"),
        Differs("the world", "far", "get 198.51.100.2:80", "peer from 198.51.100.1", "peer from 10.2.0.2", Gone),
        Do("if [ -s /run/rules ]; then iptables-restore < /run/rules; ip6tables-restore < /run/rules6; fi"),
    ]);
}
