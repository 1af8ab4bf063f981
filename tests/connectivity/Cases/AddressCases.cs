using static Keelson.Connectivity.Tests.Topology;

namespace Keelson.Connectivity.Tests.Cases;

/// <summary>Addresses that somebody has chosen.</summary>
internal static class AddressCases
{
    private const string Address = "run ip -4 -o address show eth0 | sed 's/.*inet //; s/ .*//'";

    public static readonly Topology Topology = new("addresses",
    [
        Do("""
            docker network create --subnet 10.5.0.0/24 --ip-range 10.5.0.128/28 --aux-address router=10.5.0.129 --gateway 10.5.0.254 a
            serve first --network a
            serve second --network a
            serve fixed --network a --ip 10.5.0.77 --mac-address 02:42:00:00:00:07
            """),
        Case("the range", "first", Address, "10.5.0.128/24"),
        Case("the range without what is others'", "second", Address, "10.5.0.130/24"),
        Case("an address", "fixed", Address, "10.5.0.77/24"),
        Case("a hardware address", "fixed", "run cat /sys/class/net/eth0/address", "02:42:00:00:00:07"),
        Case("the gateway", "fixed", "run ip route | head -n 1", "default via 10.5.0.254 dev eth0"),
        Case("the world", "fixed", "get 198.51.100.2:80", "peer from 198.51.100.1"),
        Case("an address that is taken", "host", "run docker run --rm --network a --ip 10.5.0.77 busybox:test true; echo $?", "125"),
        Case("an address of another network", "host", "run docker run --rm --network a --ip 10.9.0.7 busybox:test true; echo $?", "125"),
        Case("a network that overlaps", "host", "run docker network create --subnet 10.5.0.0/16 x 2>&1 | grep -c 'Pool overlaps'", "1"),
        Do("docker restart -t 0 fixed"),
        Case("an address after a restart", "fixed", Address, "10.5.0.77/24"),
        Do("docker network create chosen && serve other --network chosen"),
        Case("a network that is chosen", "other", "run ip route | head -n 1 | sed 's/via 172\\.[0-9]*\\.0\\.1/via 172.N.0.1/'", "default via 172.N.0.1 dev eth0"),
    ]);
}
