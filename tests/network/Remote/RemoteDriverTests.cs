using System.Net;
using Keelson.Network.Control;
using Keelson.Network.Records;
using Keelson.Network.Remote;
using Keelson.Network.Sandboxes;
using Keelson.Plugins;

namespace Keelson.Network.Tests.Remote;

/// <summary>Networks that another program lays, which is an independent one in Python.</summary>
public sealed class RemoteDriverTests : IAsyncLifetime
{
    private readonly string folder = TestDirectory.Make("remote");
    private Place? host;
    private PluginProgram? plugin;
    private RemoteDriver? driver;
    private NetworkController? controller;

    public ValueTask InitializeAsync()
    {
        if (Needs.Missing(Need.Root) is { } reason) Assert.Skip(reason);
        host = new(folder + "/host");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (controller is not null)
        {
            await controller.CloseAsync("web");
            await controller.DisposeAsync();
        }
        driver?.Dispose();
        plugin?.Dispose();
        host?.Dispose();
        TestDirectory.Remove(folder);
    }

    [RootFact]
    public async Task A_container_joins_and_leaves_a_network_of_a_plug_in()
    {
        await StartAsync("-");
        NetworkRecord network = await controller!.CreateAsync(Wish());
        SandboxRecord sandbox = await OpenAsync();
        Assert.Equal(("net0", "10.5.0.2", "10.5.0.1"), (sandbox.Endpoints[0].Device, sandbox.Endpoints[0].Ipv4!.ToString(), sandbox.Endpoints[0].Gateway4!.ToString()));
        string routes = In("ip", "route").Stdout;
        Assert.Contains("default via 10.5.0.1 dev net0", routes, StringComparison.Ordinal);
        Assert.Contains("192.0.2.0/24 dev net0", routes, StringComparison.Ordinal);
        Assert.Equal(0, In("ping", "-c1", "-W5", "10.5.0.1").ExitCode);
        await controller.CloseAsync("web");
        await controller.RemoveAsync("plugged");
        Assert.Equal("Plugin.Activate NetworkDriver.GetCapabilities NetworkDriver.CreateNetwork NetworkDriver.CreateEndpoint NetworkDriver.Join NetworkDriver.ProgramExternalConnectivity NetworkDriver.RevokeExternalConnectivity NetworkDriver.Leave NetworkDriver.DeleteEndpoint NetworkDriver.DeleteNetwork", Told());
        string created = File.ReadAllLines(folder + "/log")[2];
        Assert.Contains($"\"NetworkID\": \"{network.Id}\"", created, StringComparison.Ordinal);
        Assert.Contains("\"com.docker.network.generic\": {\"a\": \"b\"}", created, StringComparison.Ordinal);
        Assert.Contains("\"Pool\": \"10.5.0.0/24\", \"Gateway\": \"10.5.0.1/24\"", created, StringComparison.Ordinal);
        Assert.DoesNotContain("@", host!.Ip("-o link"), StringComparison.Ordinal);
    }

    [RootTheory]
    [InlineData("NetworkDriver.CreateNetwork")]
    [InlineData("NetworkDriver.CreateEndpoint")]
    [InlineData("NetworkDriver.Join")]
    [InlineData("NetworkDriver.ProgramExternalConnectivity")]
    [InlineData("addresses")]
    public async Task What_a_plug_in_refuses_is_told_in_its_words_and_taken_back(string fault)
    {
        await StartAsync(fault);
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(async () =>
        {
            await controller!.CreateAsync(Wish());
            await OpenAsync();
        });
        Assert.Contains(fault == "addresses" ? "it chose addresses, and has been told some" : $"plug-in mine: {fault}: no {fault} today", refused.FullMessage, StringComparison.Ordinal);
        Assert.Null(controller!.FindSandbox("web"));
        Assert.DoesNotContain("@", host!.Ip("-o link"), StringComparison.Ordinal);
        // What it did not make it is not told to remove.
        if (fault is "NetworkDriver.Join" or "addresses") Assert.Contains("NetworkDriver.DeleteEndpoint", Told(), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_plug_in_is_told_which_ports_lead_to_its_end_as_they_change_and_when_another_network_leads()
    {
        await StartAsync("-");
        host!.Ip("link set lo up");
        await controller!.CreateAsync(Wish());
        await controller.CreateAsync(Wish() with { Name = "second", Ipam = [new() { Subnet = IPNetwork.Parse("10.6.0.0/24") }] });
        SandboxRecord web = await controller.OpenAsync(new() { ContainerId = "web", Names = ["web"], Endpoints = [new("plugged")], Ports = [Port(8080)] });
        await controller.PublishAsync("web", [Port(8080), Port(8081)]);
        await controller.PublishAsync("web", [Port(8080), Port(8081)]);
        SandboxRecord both = await controller.ConnectAsync("web", new("second") { GatewayPriority = 1 });
        await controller.DisconnectAsync("web", "second");
        await controller.CloseAsync("web");
        string[] told = [.. File.ReadAllLines(folder + "/log").Where(line => line.Contains("ExternalConnectivity", StringComparison.Ordinal))];
        (string first, string second) = (web.Endpoints[0].Id, both.Endpoints[1].Id);
        Assert.Equal(
            ["Program " + first, "Revoke " + first, "Program " + first, "Revoke " + first, "Program " + second, "Revoke " + second, "Program " + first, "Revoke " + first],
            told.Select(line => $"{(line.Contains("Program", StringComparison.Ordinal) ? "Program" : "Revoke")} {(line.Contains(first, StringComparison.Ordinal) ? first : second)}"));
        Assert.Contains("""{"Proto": 6, "IP": "10.5.0.2", "Port": 80, "HostIP": "127.0.0.1", "HostPort": 8080, "HostPortEnd": 8080}""", told[0], StringComparison.Ordinal);
        Assert.Contains("""{"Proto": 6, "Port": 80}""", told[0], StringComparison.Ordinal);
        Assert.DoesNotContain("8081", told[0], StringComparison.Ordinal);
        Assert.Contains("8081", told[2], StringComparison.Ordinal);

        static Ports.PortWish Port(int at) => new(PublishedPort.Tcp, 80) { FirstPort = at, LastPort = at, HostAddress = IPAddress.Loopback };
    }

    [RootFact]
    public async Task A_plug_in_that_is_not_there_is_told_so()
    {
        KeelsonException gone = await Assert.ThrowsAsync<KeelsonException>(() => RemoteDriver.OpenAsync(new NetworkPlace(host!.File), "mine", "unix://" + folder + "/absent.sock", TestContext.Current.CancellationToken));
        Assert.Equal(ErrorKind.Unavailable, gone.Kind);
        Assert.StartsWith("plug-in mine: Plugin.Activate: ", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plug_ins_are_found_by_their_sockets_and_files()
    {
        foreach (string part in (string[])["run", "etc"]) Directory.CreateDirectory($"{folder}/{part}");
        File.WriteAllText(folder + "/run/live.sock", "");
        File.WriteAllText(folder + "/etc/far.spec", "tcp://127.0.0.1:99\n");
        File.WriteAllText(folder + "/etc/json.json", """{"Name":"json","Addr":"http://127.0.0.1:98"}""");
        File.WriteAllText(folder + "/etc/odd.json", "[1]");
        PluginDirectory directory = new([folder + "/run"], [folder + "/etc"]);
        Assert.Equal(($"unix://{folder}/run/live.sock", "tcp://127.0.0.1:99", "http://127.0.0.1:98", null), (directory.Find("live"), directory.Find("far"), directory.Find("json"), directory.Find("none")));
        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<KeelsonException>(() => directory.Find("odd")).Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => directory.Find("../etc/far")).Kind);
    }

    private static NetworkRecord Wish() => new() { Id = "", Name = "plugged", Driver = "mine", Ipam = [new() { Subnet = IPNetwork.Parse("10.5.0.0/24") }], Options = new Dictionary<string, string> { ["a"] = "b" } };

    private Task<SandboxRecord> OpenAsync() => controller!.OpenAsync(new() { ContainerId = "web", Names = ["web"], Endpoints = [new("plugged")] });

    private CommandResult In(params IReadOnlyList<string> command) => ChildProcess.Run(["nsenter", $"--net={folder}/run/netns/web", .. command]);

    private string Told() => plugin!.Told;

    private async Task StartAsync(string fault)
    {
        string socket = folder + "/mine.sock";
        plugin = new(folder + "/host", "plugin.py", socket, folder + "/log", fault);
        NetworkPlace place = new(host!.File);
        driver = await RemoteDriver.OpenAsync(place, "mine", "unix://" + socket);
        controller = await NetworkController.OpenAsync(new() { StateDirectory = folder + "/state", RunDirectory = folder + "/run", Host = place }, [driver], () => [], _ => false, _ => { });
    }
}
