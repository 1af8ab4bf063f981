using System.Net;
using Keelson.Network.Bridge;
using Keelson.Network.Control;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Tests.Remote;

/// <summary>Addresses that another program chooses, which is an independent one in Python, in networks of bridges.</summary>
public sealed class IpamTests : IAsyncLifetime
{
    private readonly string folder = TestDirectory.Make("ipam");
    private readonly List<string> troubles = [];
    private readonly HashSet<string> running = [];
    private Place? host;
    private PluginProgram? plugin;
    private BridgeDriver? driver;
    private NetworkController? controller;

    public ValueTask InitializeAsync()
    {
        if (Needs.Missing(Need.Root) is { } reason) Assert.Skip(reason);
        host = new(folder + "/host");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (controller is not null) await controller.DisposeAsync();
        driver?.Dispose();
        plugin?.Dispose();
        if (Directory.Exists(folder + "/run/netns"))
            foreach (string left in Directory.GetFiles(folder + "/run/netns")) SandboxNamespace.Remove(left);
        host?.Dispose();
        TestDirectory.Remove(folder);
    }

    [RootFact]
    public async Task A_plug_in_chooses_networks_and_addresses_and_gets_them_back()
    {
        await StartAsync("-");
        NetworkRecord network = await controller!.CreateAsync(Wish() with { HasIpv6 = true, IpamOptions = new Dictionary<string, string> { ["a"] = "b" } });
        Assert.Equal(("10.77.0.0/24", "10.77.0.200", "fd77::/64", "fd77::c8"), (network.Ipam[0].Subnet.ToString(), network.Ipam[0].Gateway!.ToString(), network.Ipam[1].Subnet.ToString(), network.Ipam[1].Gateway!.ToString()));
        Assert.Contains("10.77.0.200/24", host!.Ip($"address show br-{network.Id[..12]}"), StringComparison.Ordinal);
        EndpointRecord end = (await OpenAsync()).Endpoints[0];
        Assert.Equal(("10.77.0.199", "fd77::c7"), (end.Ipv4!.ToString(), end.Ipv6!.ToString()));
        Assert.Equal(0, In("ping", "-c1", "-W5", "10.77.0.200").ExitCode);
        await controller.CloseAsync("web");
        Assert.DoesNotContain("10.77.0.199", State(), StringComparison.Ordinal);
        await controller.RemoveAsync("chosen");
        Assert.Equal("{}", State());
        Assert.Contains(plugin!.Lines, line => line == """IpamDriver.RequestPool {"AddressSpace": "here", "Pool": "", "SubPool": "", "Options": {"a": "b"}, "V6": false}""");
        Assert.Contains(plugin.Lines, line => line == """IpamDriver.RequestAddress {"PoolID": "here/10.77.0.0/24", "Address": "", "Options": {"RequestAddressType": "com.docker.network.gateway"}}""");
        Assert.Empty(troubles);
    }

    [RootFact]
    public async Task What_is_asked_for_of_addresses_the_plug_in_is_asked_for()
    {
        await StartAsync("mac");
        NetworkRecord network = await controller!.CreateAsync(Wish() with
        {
            Ipam = [new() { Subnet = IPNetwork.Parse("10.88.0.0/24"), Range = IPNetwork.Parse("10.88.0.0/25"), Gateway = IPAddress.Parse("10.88.0.7"), Auxiliary = new Dictionary<string, IPAddress> { ["router"] = IPAddress.Parse("10.88.0.9") } }],
        });
        Assert.Equal("10.88.0.7", network.Ipam[0].Gateway!.ToString());
        SandboxRecord sandbox = await controller.OpenAsync(new() { ContainerId = "web", Endpoints = [new("chosen") { Ipv4 = IPAddress.Parse("10.88.0.55"), HardwareAddress = new byte[] { 2, 0, 0, 0, 0, 9 } }] });
        Assert.Equal("10.88.0.55", sandbox.Endpoints[0].Ipv4!.ToString());
        Assert.Contains("\"10.88.0.55\": {\"com.docker.network.endpoint.macaddress\": \"02:00:00:00:00:09\"}", State(), StringComparison.Ordinal);
        Assert.Contains("\"10.88.0.9\"", State(), StringComparison.Ordinal);
        KeelsonException taken = await Assert.ThrowsAsync<KeelsonException>(() => controller.OpenAsync(new() { ContainerId = "second", Endpoints = [new("chosen") { Ipv4 = IPAddress.Parse("10.88.0.55") }] }));
        Assert.Contains("plug-in chooser: IpamDriver.RequestAddress: no address", taken.FullMessage, StringComparison.Ordinal);
        await controller.CloseAsync("web");
        await controller.RemoveAsync("chosen");
        Assert.Equal("{}", State());
        NetworkRecord told = await controller.CreateAsync(Wish() with { IpamOptions = new Dictionary<string, string> { ["gateway"] = "yes" } });
        Assert.Equal("10.77.0.3", told.Ipam[0].Gateway!.ToString());
    }

    [RootTheory]
    [InlineData("RequestPool:2")]
    [InlineData("RequestAddress:1")]
    [InlineData("RequestAddress:2")]
    [InlineData("RequestAddress:3")]
    [InlineData("RequestAddress:4")]
    public async Task What_a_plug_in_refuses_is_told_and_it_gets_the_rest_back(string fault)
    {
        await StartAsync(fault);
        bool isMade = false;
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(async () =>
        {
            await controller!.CreateAsync(Wish() with { HasIpv6 = true });
            isMade = true;
            await OpenAsync();
        });
        Assert.Contains($"plug-in chooser: IpamDriver.{fault.Split(':')[0]}: no {fault.Split(':')[0]} today", refused.FullMessage, StringComparison.Ordinal);
        if (isMade) await controller!.RemoveAsync("chosen");
        Assert.Equal("{}", State());
        Assert.Empty(troubles);
        Assert.Equal(["host", "none"], controller!.List().Select(network => network.Name));
    }

    [RootFact]
    public async Task A_network_that_cannot_be_laid_gives_the_plug_in_all_back()
    {
        await StartAsync("-");
        await Assert.ThrowsAsync<KeelsonException>(() => controller!.CreateAsync(Wish() with { Options = new Dictionary<string, string> { ["com.docker.network.bridge.name"] = "lo" } }));
        Assert.Equal("{}", State());
    }

    [RootFact]
    public async Task After_a_restart_nothing_is_asked_for_twice_and_what_is_gone_is_given_back()
    {
        await StartAsync("-");
        await controller!.CreateAsync(Wish());
        await OpenAsync();
        await controller.OpenAsync(new() { ContainerId = "stays", Endpoints = [new("chosen")] });
        running.Add("stays");
        string[] before = plugin!.Lines;
        await RestartAsync();
        Assert.Equal(["Plugin.Activate", "IpamDriver.GetCapabilities", "IpamDriver.GetDefaultAddressSpaces", "IpamDriver.ReleaseAddress"], plugin.Lines.Skip(before.Length).Select(line => line.Split(' ')[0]));
        Assert.DoesNotContain("10.77.0.199", State(), StringComparison.Ordinal);
        Assert.Contains("10.77.0.198", State(), StringComparison.Ordinal);
        await controller!.CloseAsync("stays");
        await controller.RemoveAsync("chosen");
        Assert.Equal("{}", State());
        Assert.Empty(troubles);
    }

    [RootFact]
    public async Task A_plug_in_that_forgets_is_told_again_what_is_in_use()
    {
        await StartAsync("replay");
        await controller!.CreateAsync(Wish());
        await OpenAsync();
        running.Add("web");
        string before = State();
        plugin!.Dispose();
        File.Delete(folder + "/state.json");
        plugin = Run("replay");
        await RestartAsync();
        SandboxRecord second = await controller!.OpenAsync(new() { ContainerId = "second", Endpoints = [new("chosen")] });
        Assert.Equal("10.77.0.198", second.Endpoints[0].Ipv4!.ToString());
        await controller.CloseAsync("second");
        Assert.Equal(before, State());
    }

    [RootFact]
    public async Task While_a_plug_in_is_away_the_others_work_and_nothing_of_it_is_lost()
    {
        await StartAsync("-");
        await controller!.CreateAsync(Wish());
        await controller.CreateAsync(new() { Id = "", Name = "own" });
        await OpenAsync();
        plugin!.Dispose();
        File.Delete(folder + "/plugins/chooser.sock");
        await RestartAsync();
        Assert.Contains(troubles, trouble => trouble.StartsWith("network chosen cannot be used until its plug-in is there: could not find plugin chooser in v1 plugin registry: plugin not found", StringComparison.Ordinal));
        Assert.Contains(troubles, trouble => trouble.StartsWith("networks of container web could not be taken away", StringComparison.Ordinal));
        await controller!.OpenAsync(new() { ContainerId = "other", Endpoints = [new("own")] });
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => controller.OpenAsync(new() { ContainerId = "late", Endpoints = [new("chosen")] }))).Kind);
        await Assert.ThrowsAsync<KeelsonException>(() => controller.RemoveAsync("chosen"));
        plugin = Run("-");
        // The container that could not be closed is, before it starts again.
        Assert.Equal("10.77.0.199", (await OpenAsync()).Endpoints[0].Ipv4!.ToString());
        await controller.CloseAsync("web");
        await controller.RemoveAsync("chosen");
        Assert.Equal("{}", State());
    }

    [RootFact]
    public async Task Without_a_driver_of_addresses_a_network_has_none()
    {
        await StartAsync("-");
        NetworkRecord network = await controller!.CreateAsync(Wish() with { IpamDriver = "null" });
        Assert.Empty(network.Ipam);
        EndpointRecord end = (await OpenAsync()).Endpoints[0];
        Assert.Equal((null, null, "eth0"), (end.Ipv4, end.Ipv6, end.Device));
        Assert.DoesNotContain("inet", In("ip", "address", "show", "eth0").Stdout, StringComparison.Ordinal);
        // Who has the right to gives itself one.
        In("ip", "address", "add", "10.1.1.2/24", "dev", "eth0").Succeeds();
        host!.Ip($"address add 10.1.1.1/24 dev br-{network.Id[..12]}");
        Assert.Equal(0, In("ping", "-c1", "-W5", "10.1.1.1").ExitCode);
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => controller.CreateAsync(Wish() with { Name = "x", IpamDriver = "null", Ipam = [new() { Subnet = IPNetwork.Parse("10.6.0.0/24") }] }));
        Assert.Contains("the null ipam driver gives no addresses", refused.Message, StringComparison.Ordinal);
        Assert.Equal("", plugin!.Told);
        await controller.CloseAsync("web");
        await controller.RemoveAsync("chosen");
        Assert.DoesNotContain("br-", host.Ip("-o link"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_plug_in_is_looked_for_when_a_network_names_it_and_is_what_it_says()
    {
        await StartAsync("-");
        Assert.Equal("", plugin!.Told);
        KeelsonException absent = await Assert.ThrowsAsync<KeelsonException>(() => controller!.CreateAsync(Wish() with { IpamDriver = "../chooser" }));
        Assert.Equal("could not find plugin ../chooser in v1 plugin registry: plugin not found", absent.Message);
        KeelsonException other = await Assert.ThrowsAsync<KeelsonException>(() => controller!.CreateAsync(Wish() with { Driver = "chooser" }));
        Assert.Equal("plug-in chooser: it is no network driver", other.Message);
        using PluginProgram network = new(folder + "/host", "plugin.py", folder + "/plugins/mine.sock", folder + "/mine.log", "-");
        await controller!.CreateAsync(Wish() with { Driver = "mine" });
        SandboxRecord sandbox = await OpenAsync();
        Assert.Equal(("net0", "10.77.0.199"), (sandbox.Endpoints[0].Device, sandbox.Endpoints[0].Ipv4!.ToString()));
        await controller.CloseAsync("web");
        await controller.RemoveAsync("chosen");
        Assert.Equal("Plugin.Activate NetworkDriver.GetCapabilities NetworkDriver.CreateNetwork NetworkDriver.CreateEndpoint NetworkDriver.Join NetworkDriver.ProgramExternalConnectivity NetworkDriver.RevokeExternalConnectivity NetworkDriver.Leave NetworkDriver.DeleteEndpoint NetworkDriver.DeleteNetwork", network.Told);
        Assert.Equal("{}", State());
    }

    private static NetworkRecord Wish() => new() { Id = "", Name = "chosen", IpamDriver = "chooser" };

    private Task<SandboxRecord> OpenAsync() => controller!.OpenAsync(new() { ContainerId = "web", Names = ["web"], Endpoints = [new("chosen")] });

    private CommandResult In(params IReadOnlyList<string> command) => ChildProcess.Run(["nsenter", $"--net={folder}/run/netns/web", .. command]);

    /// <summary>All that the plug-in has given out.</summary>
    private string State() => File.ReadAllText(folder + "/state.json");

    private PluginProgram Run(string fault) => new(folder + "/host", "ipam.py", folder + "/plugins/chooser.sock", folder + "/log", folder + "/state.json", fault);

    private Task StartAsync(string fault)
    {
        plugin = Run(fault);
        return OpenControllerAsync();
    }

    private async Task RestartAsync()
    {
        await controller!.DisposeAsync();
        driver!.Dispose();
        await OpenControllerAsync();
    }

    private async Task OpenControllerAsync()
    {
        NetworkPlace place = new(host!.File);
        driver = new(place, "keelson");
        controller = await NetworkController.OpenAsync(new() { StateDirectory = folder + "/state", RunDirectory = folder + "/run", Host = place, Plugins = new([folder + "/plugins"], []) }, [driver], driver.Routes, running.Contains, troubles.Add);
    }
}
