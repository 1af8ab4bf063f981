using static Keelson.Connectivity.Tests.Topology;

namespace Keelson.Connectivity.Tests.Cases;

/// <summary>Who reaches nobody.</summary>
internal static class IsolationCases
{
    public static readonly Topology Topology = new("isolation",
    [
        Do("""
            docker network create --subnet 10.1.0.0/24 a
            docker network create --subnet 10.2.0.0/24 b
            docker network create --subnet 10.4.0.0/24 -o com.docker.network.bridge.enable_icc=false quiet
            serve web --network a
            serve far --network b
            serve quiet1 --network quiet -p 8084:80
            serve quiet2 --network quiet
            """),
        Case("another network", "far", "get 10.1.0.2:80", "no"),
        Case("another network, a ping", "far", "ping 10.1.0.2", "no"),
        Case("the gateway of another network", "far", "get 10.1.0.1:8000", "host from 10.2.0.2"),
        Case("a neighbour that may not be spoken to", "quiet2", "get 10.4.0.2:80", "no"),
        Case("its name is known all the same", "quiet2", "name quiet1", "10.4.0.2"),
        Case("the world from there", "quiet2", "get 198.51.100.2:80", "peer from 198.51.100.1"),
        Case("its published port from outside", "peer", "get 198.51.100.1:8084", "quiet1 from 198.51.100.2"),
        Case("the host reaches it", "host", "get 10.4.0.3:80", "quiet2 from 10.4.0.1"),
    ]);

    public static readonly Topology Internal = new("internal",
    [
        Do("""
            docker network create --subnet 10.3.0.0/24 --internal i
            serve web --network i
            serve other --network i
            """),
        Case("a neighbour", "other", "get web:80", "web from 10.3.0.3"),
        Case("the world", "other", "get 198.51.100.2:80", "no"),
        Differs("the host by another address", "other", "get 198.51.100.1:8000", "no", "host from 10.3.0.3", "dockerd 20.10 gives it a route"),
        Case("the host reaches it", "host", "get 10.3.0.2:80", "web from 10.3.0.1"),
        Case("from outside", "peer", "get 10.3.0.2:80", "no"),
        Case("names of the world", "other", "name secret.example.test", "no"),
        Case("the world has not been asked", "host", "run grep -c secret /run/peer-names; true", "0"),
        Differs("no way out", "other", "run ip route", "10.3.0.0/24 dev eth0 scope link src 10.3.0.3", "default via 10.3.0.1 dev eth0 10.3.0.0/24 dev eth0 scope link src 10.3.0.3", "dockerd 20.10 gives it a route, and filters alone keep it in"),
    ]);
}
