using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Control;
using Keelson.Network.Ports;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;
using Keelson.Network.UserMode;

namespace Keelson.Network.Tests;

/// <summary>Networks of whoever is not root, by pasta.</summary>
public sealed class PastaTests
{
    /// <summary>Set for the process that is an engine without rights: its folder.</summary>
    internal const string ChildVariable = "KEELSON_NETWORK_WITHOUT_ROOT";

    private const uint Nobody = 65_534;

    /// <summary>How long a whole program may take to start where the processor is interpreted.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private static PortWish Port(byte protocol, int inside, int at) => new(protocol, inside) { FirstPort = at, LastPort = at };

    [RootFact]
    public async Task A_container_reaches_the_world_and_is_reached_by_its_ports_and_the_host_has_nothing_of_it()
    {
        await using EngineUnderTest engine = await StartAsync();
        Place peer = AddWay(engine);
        (string links, string rules) = (engine.Host.Ip("-o link"), engine.Host.Nft("list", "ruleset"));
        await engine.Controller.CreateAsync(Wish("out") with { HasIpv6 = true });
        Place web = await engine.OpenWithAsync("web", [new("out")], Port(PublishedPort.Tcp, 80, 8080), Port(PublishedPort.Udp, 53, 5353));
        Assert.Equal((links, rules), (engine.Host.Ip("-o link"), engine.Host.Nft("list", "ruleset")));
        peer.ServeTcp(7000);
        web.ServeTcp(80);
        web.Serve("UDP4-RECVFROM:53");
        // What leaves is an ordinary connection of the host.
        Assert.Equal("198.51.100.1", await web.AskAsync("198.51.100.2", 7000));
        Assert.Equal("2001:db8::1", await web.AskAsync("2001:db8::2", 7000));
        foreach (string address in (string[])["198.51.100.1", "2001:db8::1"]) Assert.NotNull(await peer.AskAsync(address, 8080));
        Assert.NotNull(await peer.AskAsync("198.51.100.1", 5353, ProtocolType.Udp));
        Assert.NotNull(await engine.Host.AskAsync("127.0.0.1", 8080));
        SandboxRecord record = engine.Controller.FindSandbox("web")!;
        string inside = web.Ip("-o address show dev eth0");
        Assert.Contains(record.Endpoints[0].Ipv4 + "/", inside, StringComparison.Ordinal);
        Assert.Contains(record.Endpoints[0].Ipv6 + "/64", inside, StringComparison.Ordinal);
        Assert.Contains(string.Join(':', record.Endpoints[0].HardwareAddress.Chunk(2).Select(digits => new string(digits))).ToLowerInvariant(), web.Ip("link show dev eth0"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Servers_on_the_hosts_loopback_device_are_not_reached_from_a_container()
    {
        await using EngineUnderTest engine = await StartAsync();
        AddWay(engine);
        NetworkRecord network = await engine.Controller.CreateAsync(Wish("out") with { HasIpv6 = true });
        Place web = await engine.OpenWithAsync("web", [new("out")]);
        engine.Host.Serve("TCP4-LISTEN:7000,bind=127.0.0.1");
        engine.Host.Serve("TCP6-LISTEN:7001,bind=[::1]");
        Assert.True(await web.IsRefusedAsync(network.Addresses(isIpv6: false)!.Gateway!.ToString(), 7000));
        Assert.True(await web.IsRefusedAsync("127.0.0.1", 7000));
        Assert.True(await web.IsRefusedAsync(network.Addresses(isIpv6: true)!.Gateway!.ToString(), 7001));
        Assert.True(await web.IsRefusedAsync("::1", 7001));
    }

    [RootFact]
    public async Task An_engine_that_is_started_anew_passes_ports_on_again_and_what_has_ended_meanwhile_leaves_no_process()
    {
        await using EngineUnderTest engine = await StartAsync();
        Place peer = AddWay(engine);
        await engine.Controller.CreateAsync(Wish("out"));
        Place web = await engine.OpenWithAsync("web", [new("out")], Port(PublishedPort.Tcp, 80, 8080));
        await engine.OpenWithAsync("gone", [new("out")]);
        web.ServeTcp(80);
        (int web1, int gone1) = (ProcessOf(engine, "web"), ProcessOf(engine, "gone"));
        engine.Lose("gone");
        await engine.RestartAsync();
        Assert.NotNull(await peer.AskAsync("198.51.100.1", 8080));
        Assert.Equal(web1, ProcessOf(engine, "web"));
        AwaitEnd(gone1);
        await engine.CloseAsync("web");
        AwaitEnd(web1);
        Assert.Empty(Directory.GetFiles(engine.Folder + "/run/pasta"));
        Assert.Empty(engine.Troubles);
    }

    [RootFact]
    public async Task A_container_that_runs_gets_such_a_way_out_and_loses_it_beside_a_bridge()
    {
        await using EngineUnderTest engine = await StartAsync();
        Place peer = AddWay(engine);
        peer.ServeTcp(7000);
        await engine.CreateAsync("a", ("com.docker.network.bridge.enable_ip_masquerade", "false"));
        await engine.Controller.CreateAsync(Wish("out"));
        Place web = await engine.OpenWithAsync("web", [new("a")], Port(PublishedPort.Tcp, 80, 8080));
        web.ServeTcp(80);
        await engine.Controller.ConnectAsync("web", new("out") { GatewayPriority = 1, Device = "eth9" });
        Assert.Equal("198.51.100.1", await web.AskAsync("198.51.100.2", 7000));
        Assert.NotNull(await peer.AskAsync("198.51.100.1", 8080));
        await engine.Controller.DisconnectAsync("web", "out");
        Assert.Equal(engine.Controller.FindSandbox("web")!.Endpoints[0].Ipv4!.ToString(), await web.AskAsync("198.51.100.2", 7000));
        Assert.NotNull(await peer.AskAsync("198.51.100.1", 8080));
    }

    [RootFact]
    public async Task Who_is_not_root_has_networks()
    {
        await using EngineUnderTest engine = await StartAsync();
        Place peer = AddWay(engine);
        peer.ServeTcp(7000);
        string folder = engine.Folder + "/nobody";
        Directory.CreateDirectory(folder);
        Files.TryChangeOwner(folder, Nobody, Nobody).ThrowIfError("chown", folder);
        // What is the test's own, and nothing above it.
        for (string above = engine.Folder; above.StartsWith(TestDirectory.Root, StringComparison.Ordinal); above = Path.GetDirectoryName(above)!) Files.TryChangeMode(above, 0b111_101_101).ThrowIfError("chmod", above);
        // Others than root may not open every machine's /dev/net/tun.
        string script = $"""
            mount -t tmpfs none /mnt && mknod -m 666 /mnt/tun c 10 200 && mount --bind /mnt/tun /dev/net/tun
            exec setpriv --reuid={Nobody} --regid={Nobody} --clear-groups --inh-caps=-all unshare --user --map-root-user --mount {Program}
            """;
        using ChildProcess nobody = ChildProcess.Start(["nsenter", $"--net={engine.Folder}/host", "unshare", "--mount", "env", $"{ChildVariable}={folder}", "sh", "-c", script]);
        Condition.Await("the engine", () => nobody.HasEnded || nobody.Stdout.EndsWith('\n'), StartLimit);
        Assert.True(!nobody.HasEnded, nobody.Stderr);
        Assert.Equal("the peer says 198.51.100.1\n", nobody.Stdout);
        Assert.NotNull(await peer.AskAsync("198.51.100.1", 8080));
        File.WriteAllText(folder + "/stop", "");
        Assert.Equal("", nobody.WaitForEnd().Succeeds().Stderr);
        Assert.Empty(Directory.GetFiles(folder + "/run/pasta"));
    }

    /// <summary>What the process without rights does: an engine with a container that has a way out and a published port.</summary>
    internal static async Task ServeAsync(string folder)
    {
        NetworkPlace host = new();
        ControllerOptions options = new() { StateDirectory = folder + "/state", RunDirectory = folder + "/run", Plugins = new([], []), MachineIdFile = folder + "/machine-id" };
        await using NetworkController networks = await NetworkController.OpenAsync(options, [new PastaDriver(host, folder + "/run/pasta")], () => [], _ => false, Console.Error.WriteLine);
        await networks.CreateAsync(Wish("out"));
        SandboxRecord opened = await networks.OpenAsync(new() { ContainerId = "web", Names = ["web"], Endpoints = [new("out")], Ports = [Port(PublishedPort.Tcp, 80, 8080)] });
        using Place web = new(opened.Path, isOwn: false);
        using Socket server = new NetworkPlace(web.File).Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        server.Bind(new IPEndPoint(IPAddress.Any, 80));
        server.Listen();
        Task<Socket> first = server.AcceptAsync();
        Console.WriteLine("the peer says " + await web.AskAsync("198.51.100.2", 7000));
        using Socket client = await first;
        await client.SendAsync("from 0.0.0.0\n"u8.ToArray());
        Condition.Await("the end of the test", () => File.Exists(folder + "/stop"), StartLimit);
        await networks.CloseAsync("web");
    }

    [RootTheory]
    [InlineData("internal", "is a way out and nothing else")]
    [InlineData("option", "driver pasta has no option com.docker.network.bridge.name")]
    [InlineData("mtu", "1280 to 65520 bytes")]
    public async Task What_such_a_network_cannot_be_is_refused(string what, string why)
    {
        await using EngineUnderTest engine = await StartAsync();
        NetworkRecord wish = what switch
        {
            "internal" => Wish("out") with { IsInternal = true },
            "option" => Wish("out", ("com.docker.network.bridge.name", "x")),
            _ => Wish("out", ("com.docker.network.driver.mtu", "100")),
        };
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => engine.Controller.CreateAsync(wish));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_program_that_is_missing_is_named_when_the_network_is_made()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync(pasta: "pasta-that-is-not-there");
        KeelsonException missing = await Assert.ThrowsAsync<KeelsonException>(() => engine.Controller.CreateAsync(Wish("out")));
        Assert.Equal(ErrorKind.FailedPrecondition, missing.Kind);
        Assert.Contains("passt", missing.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(engine.Controller.List(), network => network.Name == "out");
    }

    [RootFact]
    public async Task What_the_program_says_when_it_fails_is_told_and_nothing_of_the_container_stays()
    {
        // Without a way out of the host it cannot say what the container's should be.
        await using EngineUnderTest engine = await StartAsync();
        await engine.Controller.CreateAsync(Wish("out"));
        KeelsonException failed = await Assert.ThrowsAsync<KeelsonException>(() => engine.OpenWithAsync("web", [new("out")]));
        Assert.Contains("/pasta: it ended with 1: ", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("says nothing", failed.Message, StringComparison.Ordinal);
        Assert.Null(engine.Controller.FindSandbox("web"));
        Assert.Empty(Directory.GetFiles(engine.Folder + "/run/pasta"));
        Assert.Empty(Directory.GetFiles(engine.Folder + "/run/netns"));
    }

    [RootFact]
    public async Task Another_process_that_got_its_number_is_left_alone()
    {
        await using EngineUnderTest engine = await StartAsync();
        AddWay(engine);
        await engine.Controller.CreateAsync(Wish("out"));
        await engine.OpenWithAsync("web", [new("out")]);
        int own = ProcessOf(engine, "web");
        using ChildProcess other = ChildProcess.Start(["sleep", "1000"]);
        File.WriteAllText($"{engine.Folder}/run/pasta/{engine.Controller.FindSandbox("web")!.Endpoints[0].Id}", other.Pid.ToString(CultureInfo.InvariantCulture) + "\n");
        await engine.CloseAsync("web");
        Assert.False(other.HasEnded);
        other.Signal(Signals.SIGKILL);
        other.WaitForEnd();
        // Its own one has gone with the namespace.
        AwaitEnd(own);
    }

    /// <summary>This program; in a guest it is one that dotnet runs.</summary>
    private static string Program => Path.GetFileName(Environment.ProcessPath) == "dotnet" ? $"{Environment.ProcessPath} {AppContext.BaseDirectory}Keelson.Network.Tests.dll" : Environment.ProcessPath!;

    private static Task<EngineUnderTest> StartAsync() => EngineUnderTest.StartAsync();

    private static Place AddWay(EngineUnderTest engine)
    {
        Place peer = engine.AddPeer();
        engine.Host.Ip("route add default via 198.51.100.2");
        engine.Host.Ip("route add default via 2001:db8::2");
        return peer;
    }

    private static NetworkRecord Wish(string name, params (string Name, string Value)[] options) => EngineUnderTest.Wish(name, options) with { Driver = "pasta" };

    private static int ProcessOf(EngineUnderTest engine, string container) =>
        int.Parse(File.ReadAllText($"{engine.Folder}/run/pasta/{engine.Controller.FindSandbox(container)!.Endpoints[0].Id}"), CultureInfo.InvariantCulture);

    /// <summary>Waits until a process has ended; whoever is to reap it may not have.</summary>
    private static void AwaitEnd(int pid) => Condition.Await($"the end of process {pid}", () => Files.TryReadAll($"/proc/{pid}/stat", out ReadOnlyMemory<byte> stat) != Errno.None || stat.Span.IndexOf(") Z "u8) >= 0);
}
