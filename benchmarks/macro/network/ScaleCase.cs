using System.Diagnostics;
using System.Globalization;
using System.Net;
using Keelson.Network;
using Keelson.Network.Control;
using Keelson.Network.Ports;

namespace Keelson.Bench.Network;

/// <summary>What one more costs: beside none, and beside a thousand containers with ten ports each.</summary>
/// <remarks>Ports are published at all addresses of IPv4 alone: each holds a descriptor, of which this process may have less than twice ten thousand.</remarks>
internal sealed class ScaleCase(Ground ground, Results results, int rounds)
{
    /// <summary>A bridge has 1,023 ports at most.</summary>
    private const int Containers = 1000, PortsOfEach = 10, FirstPort = 10_000, WarmUpRounds = 3;

    public void Run(string name)
    {
        using Engine engine = new(Ground.Folder + "/scale", "keelson");
        engine.Create("big", "10.100.0.0/16");
        engine.Create("small", "10.101.0.0/24");
        engine.Create("side", "10.102.0.0/24");
        ground.Must("ip netns add floor1");
        Measure(name, "empty", engine);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Containers; i++) Engine.Wait(engine.Controller.OpenAsync(Wish($"c{i}", "big", Enumerable.Range(FirstPort + i * PortsOfEach, PortsOfEach))));
        results.Of(name, "full", "filled", "ms each").Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / Containers);
        Measure(name, "full", engine);
        if (ground.Must("nft list map inet keelson publish4 | grep -o ' : 10\\.' | wc -l") is var count && count != (Containers * PortsOfEach).ToString(CultureInfo.InvariantCulture))
            results.Fail(name, "full", $"{count} ports are published");
        start = Stopwatch.GetTimestamp();
        engine.Controller.RestoreAsync().GetAwaiter().GetResult();
        results.Of(name, "full", "all laid anew", "ms").Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Containers; i++) engine.Controller.CloseAsync($"c{i}").GetAwaiter().GetResult();
        results.Of(name, "full", "emptied", "ms each").Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / Containers);
    }

    private void Measure(string name, string contender, Engine engine)
    {
        NetworkController controller = engine.Controller;
        Engine.Wait(controller.OpenAsync(Wish("probe", "small", [])));
        (string Network, string Bridge)[] bridges = [.. ((string[])["side", "big"]).Select(network => (network, "br-" + controller.Find(network).Id[..12]))];
        for (int round = -WarmUpRounds; round < rounds; round++)
        {
            int r = round;
            Timed("open", () => Engine.Wait(controller.OpenAsync(Wish("new", "side", [9000]))));
            Timed("close", () => controller.CloseAsync("new").GetAwaiter().GetResult());
            Timed("connect", () => Engine.Wait(controller.ConnectAsync("probe", new("side"))));
            Timed("disconnect", () => Engine.Wait(controller.DisconnectAsync("probe", "side")));
            // The same on the bridge of the many: the kernel goes through all ports of a bridge for each that comes or goes.
            Timed("connect to big", () => Engine.Wait(controller.ConnectAsync("probe", new("big"))));
            Timed("publish", () => Engine.Wait(controller.PublishAsync("probe", [Port(9001)])));
            Timed("publish no more", () => Engine.Wait(controller.PublishAsync("probe", [])));
            Timed("disconnect from big", () => Engine.Wait(controller.DisconnectAsync("probe", "big")));
            // What the kernel alone takes for it: by another program, so its start is in it.
            foreach ((string network, string bridge) in bridges)
            {
                Timed(network == "big" ? "connect to big" : "connect", () => ground.Must($"exec ip link add fl1 master {bridge} type veth peer name eth0 netns floor1"), "ip " + contender);
                Timed(network == "big" ? "disconnect from big" : "disconnect", () => ground.Must("exec ip link del fl1"), "ip " + contender);
            }

            void Timed(string metric, Action work, string? by = null)
            {
                long start = Stopwatch.GetTimestamp();
                work();
                if (r >= 0) results.Of(name, by ?? contender, metric, "ms").Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }
        controller.CloseAsync("probe").GetAwaiter().GetResult();
    }

    private static SandboxWish Wish(string container, string network, IEnumerable<int> ports) => new()
    {
        ContainerId = container, Names = [container], Endpoints = [new(network) { Aliases = ["alias-" + container] }], Ports = [.. ports.Select(Port)],
    };

    private static PortWish Port(int port) => new(PublishedPort.Tcp, port) { FirstPort = port, LastPort = port, HostAddress = IPAddress.Any };
}
