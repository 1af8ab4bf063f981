using static Keelson.Connectivity.Tests.Topology;

namespace Keelson.Connectivity.Tests.Cases;

/// <summary>Ports of containers at the host.</summary>
internal static class PublishedCases
{
    public static readonly Topology Topology = new("published",
    [
        Do("""
            docker network create --subnet 10.1.0.0/24 a
            docker network create --subnet 10.2.0.0/24 b
            serve web --network a -p 8080:80 -p 198.51.100.9:8081:80 -p 8090-8092:80 -p 8053:53/udp -p 84
            serve_udp web 53
            serve client --network a
            serve far --network b
            """),
        Case("at all addresses, from outside", "peer", "get 198.51.100.1:8080", "web from 198.51.100.2"),
        Case("at all addresses, from outside, at another", "peer", "get 198.51.100.9:8080", "web from 198.51.100.2"),
        Case("at all addresses, from the host", "host", "get 198.51.100.1:8080", "web from 198.51.100.1"),
        Case("from outside by IPv6, where the container has none", "peer", "get [2001:db8::1]:8080", "web from 10.1.0.1"),
        Case("from itself", "web", "get 198.51.100.1:8080", "web from 10.1.0.1"),
        Case("from a neighbour", "client", "get 198.51.100.1:8080", "web from 10.1.0.1"),
        Case("from another network", "far", "get 198.51.100.1:8080", "web from 10.1.0.1"),
        Case("at one address", "peer", "get 198.51.100.9:8081", "web from 198.51.100.2"),
        Case("at one address, asked at another", "peer", "get 198.51.100.1:8081", "no"),
        Case("a port of a range", "peer", "get 198.51.100.1:8090", "web from 198.51.100.2"),
        Case("datagrams from outside", "peer", "udp 198.51.100.1:8053", "web from 198.51.100.2"),
        Case("a port that is not published, by the container's address", "peer", "get 10.1.0.2:81", "no"),
        Differs("a published port, by the container's address", "peer", "get 10.1.0.2:80", "no", "web from 198.51.100.2", "who has a route gets in there: CVE-2025-54388"),
        Case("a chosen port", "host", "run test \"$(docker port web 84/tcp | head -n 1 | cut -d: -f2)\" -ge 32768 && echo chosen", "chosen"),
        Case("a port that is taken", "host", "run docker run --rm -p 8080:80 busybox:test true 2>&1 | grep -c 'port is already allocated'", "1"),
        Case("what the engine says of it", "host", "run docker port web 53/udp | head -n 1", "0.0.0.0:8053"),
    ]);

    public static readonly Topology Loopback = new("loopback",
    [
        Do("""
            docker network create --subnet 10.1.0.0/24 a
            serve web --network a -p 8080:80 -p 127.0.0.1:8082:80 -p 8053:53/udp
            serve_udp web 53
            """),
        Case("at all addresses, at 127.0.0.1", "host", "get 127.0.0.1:8080", "web from 10.1.0.1"),
        Case("at all addresses, at ::1", "host", "get [::1]:8080", "web from 10.1.0.1"),
        Case("datagrams at 127.0.0.1", "host", "udp 127.0.0.1:8053", "web from 10.1.0.1"),
        Case("at 127.0.0.1 alone", "host", "get 127.0.0.1:8082", "web from 10.1.0.1"),
        Case("at 127.0.0.1 alone, from outside", "peer", "get 198.51.100.1:8082", "no"),
        Do("""
            ip -n peer route del local 127.0.0.0/8 dev lo table local || true
            ip -n peer route flush table local to root 127.0.0.0/8
            ip -n peer route add 127.0.0.0/8 via 198.51.100.1
            ip netns exec peer sysctl -qw net.ipv4.conf.all.route_localnet=1
            """),
        Case("at 127.0.0.1 alone, from outside by a route", "peer", "get 127.0.0.1:8082", "no"),
        Do("""
            ip -n peer route del 127.0.0.0/8 via 198.51.100.1
            ip -n peer route add local 127.0.0.0/8 dev lo table local
            """),
        Do("docker stop -t 0 web"),
        Case("a container that has stopped", "host", "get 127.0.0.1:8080", "no"),
        Do("docker start web"),
        Case("a container that was started again", "peer", "get 198.51.100.1:8080", "web from 198.51.100.2"),
    ]);
}
