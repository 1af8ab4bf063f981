using System.Diagnostics;
using System.Globalization;
using System.Net;
using Keelson.Network;
using Keelson.Network.Control;
using Keelson.Network.Sandboxes;

namespace Keelson.Bench.Network;

/// <summary>A container joins a bridge that others are on already, and leaves it.</summary>
internal sealed class SandboxCase(Ground ground, Results results, int rounds)
{
    public const string Netavark = "/usr/lib/podman/netavark", Plugins = "/usr/lib/cni";
    private const int WarmUpRounds = 3, NetavarkPort = 8081, PluginsPort = 8082, HandPort = 8083, OwnPort = 8084, OwnPluginPort = 8085;

    /// <summary>Our plug-in, which the script that runs this publishes beside it.</summary>
    public static readonly string OwnPlugin = Path.GetFullPath(AppContext.BaseDirectory + "/../../keelson-cni/release/keelson-cni");

    /// <param name="Name">The contender.</param>
    /// <param name="SetUp">Has a container join.</param>
    /// <param name="TearDown">Has it leave.</param>
    /// <param name="Place">The container's namespace.</param>
    /// <param name="Port">Where its port 80 is published.</param>
    private sealed record Way(string Name, Func<Ending> SetUp, Func<Ending> TearDown, Func<NetworkPlace> Place, int Port);

    public void Run(string name)
    {
        using Engine engine = new(Ground.Folder + "/sandbox", "keelson");
        Way[] ways = [MakeNetavark(), MakePlugins(), MakeHand(), MakeOwnPlugin(), MakeOwn(engine)];
        for (int round = -WarmUpRounds; round < rounds; round++)
            for (int i = 0; i < ways.Length; i++)
            {
                Way way = ways[(i + round + WarmUpRounds) % ways.Length];
                Ending up = way.SetUp();
                // netavark gives each device another hardware address, which the host's neighbour table hears of too late when the same address comes again.
                if (round == -WarmUpRounds && up.Failures == 0) Check(way);
                Ending down = way.TearDown();
                if (up.Failures + down.Failures > 0) results.Fail(name, way.Name, ground.Spawner.TakeOutput());
                if (round < 0) continue;
                results.Of(name, way.Name, "join", "ms").Add(up.WallMilliseconds);
                results.Of(name, way.Name, "leave", "ms").Add(down.WallMilliseconds);
                results.Of(name, way.Name, "both", "ms").Add(up.WallMilliseconds + down.WallMilliseconds);
                results.Of(name, way.Name, "CPU of both", "ms").Add(up.CpuMilliseconds + down.CpuMilliseconds);
            }
    }

    private static void Check(Way way)
    {
        NetworkPlace place = way.Place();
        Ground.CheckPublished(place, 80, way.Port);
        if (way.Name == "keelson") place.Namespace!.Dispose();
    }

    private Way MakeNetavark()
    {
        NetworkPlace place = ground.Place("nv1");
        ground.Place("nv0").Namespace!.Dispose();
        Directory.CreateDirectory(Ground.Folder + "/nv");
        string Command(string verb, int number) => $"{Netavark} -c {Ground.Folder}/nv -a /usr/lib/podman/aardvark-dns -f {Ground.Folder}/nv{number}.json {verb} /run/netns/nv{number}";
        for (int number = 0; number < 2; number++)
            Ground.Write($"nv{number}.json", NetavarkFile.Make($"c{number}", "10.89.0." + (number + 2).ToString(CultureInfo.InvariantCulture), [$"alias{number}"], number == 0 ? NetavarkPort + 1000 : NetavarkPort));
        ground.Must(Command("setup", 0));
        Command up = new(Command("setup", 1).Split(' ')), down = new(Command("teardown", 1).Split(' '));
        return new("netavark", () => ground.Spawner.Run(up), () => ground.Spawner.Run(down), () => place, NetavarkPort);
    }

    private Way MakePlugins()
    {
        NetworkPlace place = ground.Place("cni1");
        ground.Place("cni0").Namespace!.Dispose();
        string bridge = Ground.Write("cni-bridge.json", $$"""
            {"cniVersion":"0.4.0","name":"cb","type":"bridge","bridge":"cni9","isGateway":true,"ipMasq":true,"ipam":{"type":"host-local","subnet":"10.90.0.0/24","dataDir":"{{Ground.Folder}}/ipam","routes":[{"dst":"0.0.0.0/0"}] } }
            """);
        string script = Ground.Write("cni", $$"""
            #!/bin/sh -e
            export CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 CNI_PATH={{Plugins}}
            begin='{"cniVersion":"0.4.0","name":"cb","type":"portmap","runtimeConfig":{"portMappings":[{"hostPort":'$3',"containerPort":80,"protocol":"tcp"}]}'
            if [ $1 = ADD ]; then
              result=$({{Plugins}}/bridge < {{bridge}})
              exec {{Plugins}}/portmap <<E
            $begin,"prevResult":$result}
            E
            fi
            {{Plugins}}/portmap <<E
            $begin}
            E
            exec {{Plugins}}/bridge < {{bridge}}

            """, isProgram: true);
        ground.Must($"{script} ADD cni0 {PluginsPort + 1000}");
        Command up = new([script, "ADD", "cni1", $"{PluginsPort}"]), down = new([script, "DEL", "cni1", $"{PluginsPort}"]);
        return new("cni", () => ground.Spawner.Run(up), () => ground.Spawner.Run(down), () => place, PluginsPort);
    }

    /// <summary>The same of ours: one program is the bridge, its addresses and its ports.</summary>
    private Way MakeOwnPlugin()
    {
        NetworkPlace place = ground.Place("kc1");
        ground.Place("kc0").Namespace!.Dispose();
        string script = Ground.Write("keelson-cni", $$"""
            #!/bin/sh -e
            export CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 CNI_PATH={{Plugins}}
            exec {{OwnPlugin}} <<E
            {"cniVersion":"0.4.0","name":"kc","type":"keelson","stateDir":"{{Ground.Folder}}/kc","ipam":{"subnet":"10.93.0.0/24"},"runtimeConfig":{"portMappings":[{"hostPort":$3,"containerPort":80,"protocol":"tcp"}]} }
            E

            """, isProgram: true);
        ground.Must($"{script} ADD kc0 {OwnPluginPort + 1000}");
        Command up = new([script, "ADD", "kc1", $"{OwnPluginPort}"]), down = new([script, "DEL", "kc1", $"{OwnPluginPort}"]);
        return new("keelson-cni", () => ground.Spawner.Run(up), () => ground.Spawner.Run(down), () => place, OwnPluginPort);
    }

    /// <summary>What is left when nobody keeps any books: the calls to the kernel, by three programs.</summary>
    private Way MakeHand()
    {
        NetworkPlace place = ground.Place("hand1");
        ground.Must("ip link add hand9 type bridge", "ip address add 10.91.0.1/24 dev hand9", "ip link set hand9 up",
            "nft 'add table ip hand; add map ip hand ports { type inet_service : ipv4_addr . inet_service; }; add chain ip hand out { type nat hook output priority -100; }; "
            + "add rule ip hand out fib daddr type local dnat to tcp dport map @ports'");
        string up = Ground.Write("hand-up", $$"""
            #!/bin/sh -e
            ip -batch - <<E
            link add hv1 type veth peer name eth0 netns hand1
            link set hv1 master hand9 up
            E
            ip -n hand1 -batch - <<E
            address add 10.91.0.2/24 dev eth0
            link set eth0 up
            route add default via 10.91.0.1
            E
            exec nft add element ip hand ports '{ {{HandPort}} : 10.91.0.2 . 80 }'

            """, isProgram: true);
        string down = Ground.Write("hand-down", $$"""
            #!/bin/sh -e
            nft delete element ip hand ports '{ {{HandPort}} }'
            exec ip link del hv1

            """, isProgram: true);
        Command setUp = new([up]), tearDown = new([down]);
        return new("ip", () => ground.Spawner.Run(setUp), () => ground.Spawner.Run(tearDown), () => place, HandPort);
    }

    private static Way MakeOwn(Engine engine)
    {
        engine.Create("net", "10.92.0.0/24");
        Engine.Wait(engine.Controller.OpenAsync(Wish("c0", OwnPort + 1000)));
        // Always the same container: what is closed leaves nothing that the next one could stumble upon.
        return new("keelson", () => Timed(() => Engine.Wait(engine.Controller.OpenAsync(Wish("c1", OwnPort)))), () => Timed(() => engine.Controller.CloseAsync("c1").GetAwaiter().GetResult()), () => engine.Place("c1"), OwnPort);
    }

    private static SandboxWish Wish(string container, int port) => new()
    {
        ContainerId = container, Names = [container], Endpoints = [new("net") { Aliases = ["alias-" + container] }],
        Ports = [new(PublishedPort.Tcp, 80) { FirstPort = port, LastPort = port, HostAddress = IPAddress.Any }],
    };

    /// <summary>Wall time, and CPU of this process, in which all of it happens.</summary>
    private static Ending Timed(Action work)
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        work();
        return new(Stopwatch.GetElapsedTime(start).TotalMilliseconds, (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds, 0);
    }
}
