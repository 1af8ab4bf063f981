using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Diagnosis;
using Keelson.Network.Ports;
using Keelson.Network.Records;

namespace Keelson.Network.Tests;

/// <summary>What an engine tells of its networks to whoever looks for a fault.</summary>
public sealed class DiagnosisTests
{
    private static readonly PortWish Port = new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 };

    [RootFact]
    public async Task All_that_is_known_is_told_and_nothing_is_found_where_all_is_well()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.CreateAsync("a");
        await engine.OpenWithAsync("web", [new("a") { Aliases = ["WWW"] }], Port);
        NetworkState state = await engine.Controller.DiagnoseAsync(TestContext.Current.CancellationToken);
        Assert.Empty(state.Findings);
        Assert.Equal(["a", "host", "none"], state.Networks.Select(network => network.Name));
        Assert.Equal(["0.0.0.0:8080/tcp", "[::]:8080/tcp"], state.HeldPorts);
        ContainerState web = Assert.Single(state.Containers);
        Assert.True(web.IsServed);
        Assert.False(web.IsUnclosed);
        // From IPv6 to IPv4 no rule leads.
        Assert.Equal([("[::]:8080/tcp", "172.17.0.2:80")], web.Passed.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(["a web 172.17.0.2", "a www 172.17.0.2"], web.Names.Select(name => $"{name.Network} {name.Name} {string.Join(' ', name.Addresses)}"));
        Assert.Contains("\"Findings\":[]", System.Text.Encoding.UTF8.GetString(await engine.Controller.DiagnoseToJsonAsync(TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [RootTheory]
    [InlineData("ip link delete BRIDGE", "network a: its bridge BRIDGE is gone")]
    [InlineData("ip link set BRIDGE down", "network a: its bridge BRIDGE is down")]
    [InlineData("ip address flush dev BRIDGE", "network a: its bridge BRIDGE has not its address 172.17.0.1")]
    [InlineData("ip link set PORT nomaster", "network a: the host's end PORT of container web is not in its bridge BRIDGE")]
    [InlineData("ip link delete PORT", "container web: it has no device eth0 of network a")]
    [InlineData("nft delete table inet keelson", "network a: the table keelson of its rules is gone")]
    [InlineData("inside ip link set eth0 down", "container web: its device eth0 of network a is down")]
    [InlineData("inside ip address flush dev eth0", "container web: its device eth0 of network a has not its address 172.17.0.2")]
    public async Task What_somebody_has_taken_away_is_found(string harm, string finding)
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.CreateAsync("a");
        Place web = await engine.OpenWithAsync("web", [new("a")], Port);
        EndpointRecord endpoint = engine.Controller.FindSandbox("web")!.Endpoints[0];
        string bridge = "br-" + endpoint.NetworkId[..12], port = "kv" + endpoint.Id[..13];
        string[] words = [.. harm.Replace("BRIDGE", bridge, StringComparison.Ordinal).Replace("PORT", port, StringComparison.Ordinal).Split(' ')];
        (words[0] == "inside" ? web.Run(words[1..]) : engine.Host.Run(words)).Succeeds();
        NetworkState state = await engine.Controller.DiagnoseAsync(TestContext.Current.CancellationToken);
        Assert.Contains(finding.Replace("BRIDGE", bridge, StringComparison.Ordinal).Replace("PORT", port, StringComparison.Ordinal), state.Findings);
    }

    [RootFact]
    public async Task A_namespace_that_is_gone_is_found()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.CreateAsync("a");
        await engine.OpenWithAsync("web", [new("a")]);
        string path = engine.Controller.FindSandbox("web")!.Path;
        Mounts.TryUnmount(path, UnmountFlags.MNT_DETACH).ThrowIfError("unmount", path);
        Assert.Contains($"container web: its network namespace {path} is gone", (await engine.Controller.DiagnoseAsync(TestContext.Current.CancellationToken)).Findings);
    }
}
