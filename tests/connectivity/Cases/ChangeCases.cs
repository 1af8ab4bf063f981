using static Keelson.Connectivity.Tests.Topology;

namespace Keelson.Connectivity.Tests.Cases;

/// <summary>Networks that come and go while a container runs.</summary>
internal static class ChangeCases
{
    public static readonly Topology Topology = new("changes",
    [
        Do("""
            docker network create --subnet 10.1.0.0/24 a
            docker network create --subnet 10.2.0.0/24 b
            serve web --network a -p 8080:80
            serve far --network b
            docker network connect --alias late b web
            """),
        Case("connected while it runs, devices", "web", "run ls /sys/class/net", "eth0 eth1 lo"),
        Case("connected while it runs, by name", "far", "get web:80", "web from 10.2.0.2"),
        Case("connected while it runs, by alias", "far", "name late", "10.2.0.3"),
        Case("its published port goes on", "peer", "get 198.51.100.1:8080", "web from 198.51.100.2"),
        Do("docker network disconnect b web"),
        Case("disconnected, devices", "web", "run ls /sys/class/net", "eth0 lo"),
        Case("disconnected, by name", "far", "name web", "no"),
        Case("disconnected, by address", "far", "get 10.2.0.3:80", "no"),
        Do("docker network connect --ip 10.2.0.99 b web"),
        Case("connected at an address", "far", "name web", "10.2.0.99"),
        Do("docker network disconnect a web"),
        Case("a port whose network was left", "peer", "get 198.51.100.1:8080", "web from 198.51.100.2"),
        Case("the world by the network that is left", "web", "get 198.51.100.2:80", "peer from 198.51.100.1"),
        Case("a network with somebody in it is not removed", "host", "run docker network rm b 2>&1 | grep -c 'has active endpoints'", "1"),
    ]);

    public static readonly Topology Gateways = new("gateways",
    [
        Do("""
            docker network create --subnet 10.2.0.0/24 b
            docker network create --subnet 10.1.0.0/24 a
            docker network create --subnet 10.3.0.0/24 --internal 0first
            serve web --network b
            """),
        Case("one network", "web", "run ip route | grep default", "default via 10.2.0.1 dev eth0"),
        Do("docker network connect a web"),
        Case("a network whose name comes first", "web", "run ip route | grep default", "default via 10.1.0.1 dev eth1"),
        Do("docker network connect 0first web"),
        Case("an internal network leads nowhere", "web", "run ip route | grep default", "default via 10.1.0.1 dev eth1"),
        Do("docker network disconnect a web"),
        Case("it was left again", "web", "run ip route | grep default", "default via 10.2.0.1 dev eth0"),
        Do("docker restart -t 0 web"),
        Case("after a restart", "web", "run ip route | grep default | cut -d' ' -f1-3", "default via 10.2.0.1"),
        Case("after a restart, the world", "web", "get 198.51.100.2:80", "peer from 198.51.100.1"),
    ]);
}
