using System.Net;
using Keelson.Network.Control;
using Keelson.Network.Records;

namespace Keelson.Network.Tests;

/// <summary>What somebody may want of a network's packets and of a container's device.</summary>
public sealed class EndpointTests
{
    private const string Name = "com.docker.network.endpoint.ifname", Sysctls = "com.docker.network.endpoint.sysctls";

    [RootFact]
    public async Task Packets_of_a_network_are_as_long_as_it_says_and_no_longer()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        NetworkRecord network = await engine.CreateAsync("a", ("com.docker.network.driver.mtu", "1300"));
        Place web = await engine.OpenAsync("web", "a");
        foreach (string link in (string[])[web.Ip("link show eth0"), engine.Host.Ip($"link show br-{network.Id[..12]}"), engine.Host.Ip("link show type veth")]) Assert.Contains("mtu 1300", link, StringComparison.Ordinal);
        string gateway = network.Ipam[0].Gateway!.ToString();
        // 28 bytes are headers.
        Assert.Equal(0, web.Run("ping", "-M", "do", "-c1", "-W5", "-s", "1272", gateway).ExitCode);
        Assert.Contains("message too long", web.Run("ping", "-M", "do", "-c1", "-W5", "-s", "1273", gateway).Stderr, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_device_has_the_name_and_the_settings_that_are_wanted()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.CreateAsync("a");
        await engine.CreateAsync("b");
        await engine.CreateAsync("c");
        Place web = await engine.OpenWithAsync("web", [End("a", (Name, "up.link"), (Sysctls, "net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.neigh.IFNAME.gc_stale_time=77")), End("b", (Name, "eth0"))]);
        Assert.Equal("1 77", $"{web.Run("cat", "/proc/sys/net/ipv4/conf/up.link/log_martians").Stdout.Trim()} {web.Run("cat", "/proc/sys/net/ipv4/neigh/up.link/gc_stale_time").Stdout.Trim()}");
        // The next one gets the first name that is free.
        Assert.Equal("eth1", (await engine.Controller.ConnectAsync("web", new("c"))).Endpoints[2].Device);
        foreach (string[] taken in (string[][])[["lo"], ["a/b"], ["0123456789abcdef"], ["a b"]])
            Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => engine.OpenWithAsync("x", [End("a", (Name, taken[0]))]))).Kind);
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => engine.OpenWithAsync("x", [End("a", (Name, "n0")), End("b", (Name, "n0"))]))).Kind);
        foreach (string setting in (string[])["net.ipv4.ip_forward=1", "net.ipv4.conf.all.log_martians=1", "net.ipv4.conf.IFNAME.../../x=1", "kernel.conf.IFNAME.x=1", "net.ipv4.conf.IFNAME.log_martians"])
            Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => engine.OpenWithAsync("x", [End("a", (Sysctls, setting))]))).Kind);
        KeelsonException unknown = await Assert.ThrowsAnyAsync<KeelsonException>(() => engine.OpenWithAsync("x", [End("a", (Sysctls, "net.ipv4.conf.IFNAME.no_such=1"))]));
        Assert.Contains("/proc/sys/net/ipv4/conf/eth0/no_such", unknown.FullMessage, StringComparison.Ordinal);
        // What was refused left neither a device nor an address taken.
        Assert.Equal(3, engine.Host.Ip("-o link show type veth").TrimEnd().Split('\n').Length);
        Assert.Equal("172.17.0.8", (await engine.OpenWithAsync("y", [new("a") { Ipv4 = IPAddress.Parse("172.17.0.8") }])).Ipv4!.ToString());
    }

    [RootFact]
    public async Task Neighbours_hear_at_once_that_an_address_has_moved_to_another_container()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.Controller.CreateAsync(EngineUnderTest.Wish("a") with { HasIpv6 = true, Ipam = [new() { Subnet = IPNetwork.Parse("fd00:5::/64") }] });
        Place near = await engine.OpenAsync("near", "a");
        (IPAddress ipv4, IPAddress ipv6) = (IPAddress.Parse("172.17.0.50"), IPAddress.Parse("fd00:5::50"));
        for (byte round = 1; round <= 8; round++)
        {
            string name = "c" + round;
            await engine.OpenWithAsync(name, [new("a") { Ipv4 = ipv4, Ipv6 = ipv6, HardwareAddress = new byte[] { 2, 0, 0, 0, 0, round } }]);
            // Nobody has asked for it since it moved.
            if (round > 1) Condition.Await("neighbours to know it", () => Known() == $"02:00:00:00:00:0{round} 02:00:00:00:00:0{round}");
            foreach (IPAddress address in (IPAddress[])[ipv4, ipv6]) Assert.Equal(0, near.Run("ping", "-c1", "-W5", address.ToString()).ExitCode);
            await engine.CloseAsync(name);
        }

        string Known() => string.Join(' ', ((IPAddress[])[ipv4, ipv6]).Select(address => near.Ip($"neighbour show {address}").Split(' ').SkipWhile(word => word != "lladdr").Skip(1).FirstOrDefault()));
    }

    private static EndpointWish End(string network, params (string Name, string Value)[] options) => new(network) { Options = options.ToDictionary(option => option.Name, option => option.Value) };
}
