using static Keelson.Connectivity.Tests.Topology;

namespace Keelson.Connectivity.Tests.Cases;

/// <summary>The network that everybody is in who names none.</summary>
internal static class BridgeCases
{
    public static readonly Topology Topology = new("bridge",
    [
        Do("""
            serve web
            serve other
            """),
        Case("a neighbour by its address", "other", "get 172.17.0.2:80", "web from 172.17.0.3"),
        Case("the host reaches a container", "host", "get 172.17.0.2:80", "web from 172.17.0.1"),
        Case("a container reaches the host by the bridge", "other", "get 172.17.0.1:8000", "host from 172.17.0.3"),
        Case("a container reaches the host by another address", "other", "get 198.51.100.1:8000", "host from 172.17.0.3"),
        Case("the world sees the host's address", "web", "get 198.51.100.2:80", "peer from 198.51.100.1"),
        Case("a port that is not published, from outside", "peer", "get 172.17.0.2:80", "no"),
        Case("a container from outside", "peer", "ping 172.17.0.2", "no"),
        Case("the gateway answers", "web", "ping 172.17.0.1", "yes"),
        Case("neighbours have no names here", "other", "name web", "no"),
        Case("names of the world", "other", "name www.example.test", "203.0.113.7"),
        Case("the route", "web", "run ip route | head -n 1", "default via 172.17.0.1 dev eth0"),
        Case("devices", "web", "run ls /sys/class/net", "eth0 lo"),
        Do("docker run -d --name db --expose 5432 --expose 53/udp --expose 80 -e A=b=c -e HOME=/x busybox:test sleep 1000"),
        Case("a link to a neighbour", "host", "run docker run --rm --link web:site busybox:test sh -c \"printf 'GET /cgi-bin/who HTTP/1.0\\r\\n\\r\\n' | nc -w 10 site 80\" | tail -n 1", "web from 172.17.0.5"),
        Case("what its variables say of a link", "host", "run docker run --rm --name asker --link db:my-db -e MY_DB_PORT_80_TCP_ADDR=mine busybox:test env | grep '^MY_DB' | sort | tr '\\n' ' '",
            "MY_DB_ENV_A=b=c MY_DB_NAME=/asker/my-db MY_DB_PORT=udp://172.17.0.4:53 MY_DB_PORT_53_UDP=udp://172.17.0.4:53 MY_DB_PORT_53_UDP_ADDR=172.17.0.4 MY_DB_PORT_53_UDP_PORT=53 MY_DB_PORT_53_UDP_PROTO=udp "
            + "MY_DB_PORT_5432_TCP=tcp://172.17.0.4:5432 MY_DB_PORT_5432_TCP_ADDR=172.17.0.4 MY_DB_PORT_5432_TCP_PORT=5432 MY_DB_PORT_5432_TCP_PROTO=tcp "
            + "MY_DB_PORT_80_TCP=tcp://172.17.0.4:80 MY_DB_PORT_80_TCP_ADDR=mine MY_DB_PORT_80_TCP_PORT=80 MY_DB_PORT_80_TCP_PROTO=tcp"),
    ]);
}
