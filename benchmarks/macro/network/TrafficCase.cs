using System.Globalization;
using System.Net;
using System.Text.Json;
using Keelson.Linux;
using Keelson.Network;
using Keelson.Network.Control;
using Keelson.Network.Ports;
using Keelson.Network.Sandboxes;

namespace Keelson.Bench.Network;

/// <summary>What packets cost: between neighbours, from the host, and from a machine beside it by a published port.</summary>
/// <remarks>
/// <code>
///   peer 10.70.0.2 ── host 10.70.0.1 ── bridge 10.71.0.1 ── a 10.71.0.2, b 10.71.0.3
/// </code>
/// Twice, each in namespaces of its own: laid by keelson, and by <c>ip</c> and <c>nft</c> with the fewest rules that do.
/// </remarks>
internal sealed class TrafficCase(Ground ground, Results results, int rounds)
{
    private const int WarmUpRounds = 1, IperfPort = 5201, BytePort = 7000;
    private const string A = "10.71.0.2", Published = "10.70.0.1";

    private sealed record World(string Name, string Host, string Peer, string ContainerA, string ContainerB);

    public void Run(string name)
    {
        World hand = Lay("hand"), own = Lay("keelson");
        using FdHandle host = SandboxNamespace.Open("/run/netns/" + own.Host);
        using Engine engine = new(Ground.Folder + "/traffic", "keelson", new NetworkPlace(host));
        engine.Create("net", "10.71.0.0/24");
        foreach (string container in (string[])["a", "b"])
            Engine.Wait(engine.Controller.OpenAsync(new SandboxWish
            {
                ContainerId = container, Names = [container], Endpoints = [new("net")],
                Ports = container == "b" ? [] : [.. ((int[])[IperfPort, BytePort]).Select(port => new PortWish(PublishedPort.Tcp, port) { FirstPort = port, LastPort = port, HostAddress = IPAddress.Any })],
            }));
        own = own with { ContainerA = engine.Folder + "/run/netns/a", ContainerB = engine.Folder + "/run/netns/b" };
        LayByHand(hand);
        World[] worlds = [hand, own];
        List<ByteServer> servers = [];
        try
        {
            foreach (World world in worlds)
            {
                ground.Spawner.Start(new(["/usr/bin/nsenter", "--net=" + world.ContainerA, "/usr/bin/iperf3", "-s", "-p", $"{IperfPort}", "--logfile", "/dev/null"]));
                servers.Add(new(world.ContainerA, BytePort));
            }
            for (int round = -WarmUpRounds; round < rounds; round++)
                foreach ((string path, Func<World, string> from, string to) in ((string, Func<World, string>, string)[])
                    [("neighbour", world => world.ContainerB, A), ("host", world => "/run/netns/" + world.Host, A), ("published", world => "/run/netns/" + world.Peer, Published)])
                    for (int i = 0; i < worlds.Length; i++)
                    {
                        World world = worlds[(i + round + WarmUpRounds) % worlds.Length];
                        (double gigabits, double cpuOfGigabyte) = Throughput(from(world), to);
                        TimeSpan cpu = Environment.CpuUsage.TotalTime;
                        (double median, double p99) = ByteServer.Exchange(from(world), new(IPAddress.Parse(to), BytePort));
                        double cpuOfByte = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / ByteServer.AllExchanges;
                        if (round < 0) continue;
                        results.Of(name, world.Name, path, "Gbit/s").Add(gigabits);
                        results.Of(name, world.Name, path + " GB", "ms").Add(8e3 / gigabits);
                        results.Of(name, world.Name, path + " GB CPU", "ms").Add(cpuOfGigabyte);
                        results.Of(name, world.Name, path + " byte CPU", "us").Add(cpuOfByte);
                        results.Of(name, world.Name, path + " byte", "us").Add(median);
                        results.Of(name, world.Name, path + " byte 99%", "us").Add(p99);
                    }
        }
        finally
        {
            foreach (ByteServer server in servers) server.Dispose();
        }
    }

    /// <summary>A host with a machine beside it.</summary>
    private World Lay(string name)
    {
        World world = new(name, "th-" + name, "tp-" + name, "/run/netns/ta-" + name, "/run/netns/tb-" + name);
        foreach (string place in (string[])[world.Host, world.Peer]) ground.Place(place).Namespace!.Dispose();
        ground.Must($"ip -n {world.Host} link add up0 type veth peer name eth0 netns {world.Peer}", $"ip -n {world.Host} address add 10.70.0.1/24 dev up0", $"ip -n {world.Host} link set up0 up",
            $"ip -n {world.Peer} address add 10.70.0.2/24 dev eth0", $"ip -n {world.Peer} link set eth0 up", $"ip netns exec {world.Host} sysctl -qw net.ipv4.ip_forward=1");
        return world;
    }

    private void LayByHand(World world)
    {
        ground.Must($"ip -n {world.Host} link add br0 type bridge", $"ip -n {world.Host} address add 10.71.0.1/24 dev br0", $"ip -n {world.Host} link set br0 up");
        int last = 2;
        foreach (string file in (string[])[world.ContainerA, world.ContainerB])
        {
            string place = Path.GetFileName(file);
            ground.Place(place).Namespace!.Dispose();
            ground.Must($"ip -n {world.Host} link add v{last} type veth peer name eth0 netns {place}", $"ip -n {world.Host} link set v{last} master br0 up",
                $"ip -n {place} address add 10.71.0.{last}/24 dev eth0", $"ip -n {place} link set eth0 up", $"ip -n {place} route add default via 10.71.0.1");
            last++;
        }
        ground.Must($"ip netns exec {world.Host} nft -f - <<E", "table ip hand {",
            $"  chain in {{ type nat hook prerouting priority -100; ip daddr {Published} tcp dport {{ {IperfPort}, {BytePort} }} dnat to {A}; }}",
            "  chain out { type nat hook postrouting priority 100; ip saddr 10.71.0.0/24 oifname != br0 masquerade; }", "}", "E");
    }

    /// <summary>10^9 bits a second, and the CPU of both ends for 10^9 bytes, in milliseconds, with what the kernel does for them on the way.</summary>
    private (double Gigabits, double CpuMilliseconds) Throughput(string from, string to)
    {
        const int Attempts = 50;
        for (int attempt = 0; ; attempt++)
        {
            _ = ground.Spawner.TakeOutput();
            Ending ending = ground.Spawner.Run(new(["/usr/bin/nsenter", "--net=" + from, "/usr/bin/iperf3", "-c", to, "-p", string.Create(CultureInfo.InvariantCulture, $"{IperfPort}"), "-t", "1", "-J"]));
            string output = ground.Spawner.TakeOutput();
            if (ending.Failures == 0)
            {
                using JsonDocument json = JsonDocument.Parse(output);
                JsonElement end = json.RootElement.GetProperty("end"), received = end.GetProperty("sum_received"), cpu = end.GetProperty("cpu_utilization_percent");
                double seconds = (cpu.GetProperty("host_total").GetDouble() + cpu.GetProperty("remote_total").GetDouble()) / 100 * received.GetProperty("seconds").GetDouble();
                return (received.GetProperty("bits_per_second").GetDouble() / 1e9, seconds * 1e3 / (received.GetProperty("bytes").GetDouble() / 1e9));
            }
            // The server has not begun yet, or not ended with the one before.
            if (attempt == Attempts) throw new InvalidOperationException($"iperf3 to {to}: {output}");
            Wait.Milliseconds(100);
        }
    }
}
