using static Keelson.Connectivity.Tests.Topology;

namespace Keelson.Connectivity.Tests.Cases;

/// <summary>What containers are called.</summary>
internal static class NameCases
{
    public static readonly Topology Topology = new("names",
    [
        Do("""
            docker network create --subnet 10.1.0.0/24 a
            docker network create --subnet 10.2.0.0/24 b
            serve web --network a --network-alias www
            serve client --network a
            serve far --network b
            """),
        Case("a neighbour by its name", "client", "get web:80", "web from 10.1.0.3"),
        Case("by its alias", "client", "name www", "10.1.0.2"),
        Case("with the network behind it", "client", "name web.a", "10.1.0.2"),
        Case("by its identity", "host", "run docker exec client nslookup $(docker inspect -f '{{printf \"%.12s\" .Id}}' web) | sed -n 's/^Address: //p'", "10.1.0.2"),
        Case("itself", "web", "name web", "10.1.0.2"),
        Case("in another network", "far", "name web", "no"),
        Case("the world", "client", "name www.example.test", "203.0.113.7"),
        Case("nobody", "client", "name nobody.invalid", "no"),
        Case("the name of an address", "client", "run nslookup 10.1.0.2 | sed -n 's/.*name = //p'", "web.a"),
        Do("docker rename web site"),
        Case("after it was renamed, by the new name", "client", "get site:80", "web from 10.1.0.3"),
        Case("after it was renamed, by the old name", "client", "name web", "no"),
        Do("docker restart -t 0 site"),
        Case("after it was restarted", "client", "get site:80", "web from 10.1.0.3"),
        Differs("its address then", "client", "name site", "10.1.0.4", "10.1.0.2", "here an address that was given back comes last again; dockerd gives the first that is free"),
        Do("serve second --network a --network-alias www"),
        Case("two of one name", "client", "run nslookup www | grep -c '^Address: '", "2"),
        Do("docker stop -t 0 second"),
        Case("when one of them has stopped", "client", "run nslookup www | grep -c '^Address: '", "1"),
    ]);

    public static readonly Topology Files = new("files",
    [
        Do("""
            docker network create --subnet 10.1.0.0/24 a
            serve web --network a
            serve client --network a --link web:site --add-host extra:10.1.0.2 --add-host outside:host-gateway --hostname inside
            """),
        Case("by a link", "client", "get site:80", "web from 10.1.0.3"),
        Case("an extra host", "client", "get extra:80", "web from 10.1.0.3"),
        Case("the host by its gateway", "client", "get outside:8000", "host from 10.1.0.3"),
        Case("resolv.conf", "client", "run grep -v '^#' /etc/resolv.conf", "nameserver 127.0.0.11 options ndots:0"),
        Case("its own name in hosts", "client", "run grep inside /etc/hosts", "10.1.0.3 inside"),
        Case("localhost in hosts", "client", "run grep -c localhost /etc/hosts", "2"),
        Case("another link's name is its own", "web", "name site", "no"),
    ]);
}
