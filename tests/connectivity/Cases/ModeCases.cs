using static Keelson.Connectivity.Tests.Topology;

namespace Keelson.Connectivity.Tests.Cases;

/// <summary>Containers without a network of their own.</summary>
internal static class ModeCases
{
    public static readonly Topology Topology = new("modes",
    [
        Do("""
            docker network create --subnet 10.1.0.0/24 a
            serve asHost --network host -e PORT=8085
            serve alone --network none
            serve web --network a
            serve inside --network container:web -e PORT=81
            """),
        Case("in the host's network, from outside", "peer", "get 198.51.100.1:8085", "asHost from 198.51.100.2"),
        Case("in the host's network it reaches the world", "asHost", "get 198.51.100.2:80", "peer from 198.51.100.1"),
        Case("without a network, devices", "alone", "run ls /sys/class/net", "lo"),
        Case("without a network, itself", "alone", "get 127.0.0.1:80", "alone from 127.0.0.1"),
        Case("without a network, the world", "alone", "get 198.51.100.2:80", "no"),
        Case("in another container's network, by 127.0.0.1", "inside", "get 127.0.0.1:80", "web from 127.0.0.1"),
        Case("in another container's network, from the host", "host", "get 10.1.0.2:81", "inside from 10.1.0.1"),
        Case("in another container's network it knows names", "inside", "name web", "10.1.0.2"),
    ]);
}
