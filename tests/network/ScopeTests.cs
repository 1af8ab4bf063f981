using System.Net;
using Keelson.Network.Records;

namespace Keelson.Network.Tests;

/// <summary>Which networks there may be, and what one has from another.</summary>
public sealed class ScopeTests
{
    [RootFact]
    public async Task A_network_has_its_configuration_from_one_that_is_never_laid()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        string links = engine.Host.Ip("-o link"), rules = engine.Host.Nft("list", "ruleset");
        NetworkRecord configuration = await engine.Controller.CreateAsync(EngineUnderTest.Wish("shape", ("com.docker.network.driver.mtu", "1300")) with { IsConfiguration = true, Ipam = [new() { Subnet = IPNetwork.Parse("10.3.0.0/24"), Range = IPNetwork.Parse("10.3.0.128/25") }] });
        Assert.Equal((links, rules), (engine.Host.Ip("-o link"), engine.Host.Nft("list", "ruleset")));
        await RefusedAsync(ErrorKind.InvalidArgument, "is a configuration network, and nobody can be in it", () => engine.OpenAsync("web", "shape"));
        await RefusedAsync(ErrorKind.InvalidArgument, "it has its configuration from shape and options of its own", () => engine.Controller.CreateAsync(EngineUnderTest.Wish("own", ("a", "b")) with { ConfigurationFrom = "shape" }));
        await RefusedAsync(ErrorKind.NotFound, "network absent not found", () => engine.Controller.CreateAsync(EngineUnderTest.Wish("own") with { ConfigurationFrom = "absent" }));
        NetworkRecord network = await engine.Controller.CreateAsync(EngineUnderTest.Wish("own") with { ConfigurationFrom = "shape" });
        await RefusedAsync(ErrorKind.InvalidArgument, "network own is no configuration network", () => engine.Controller.CreateAsync(EngineUnderTest.Wish("next") with { ConfigurationFrom = "own" }));
        Assert.Equal(("10.3.0.0/24", "shape"), (network.Ipam[0].Subnet.ToString(), network.ConfigurationFrom));
        Place web = await engine.OpenAsync("web", "own");
        Assert.Equal("10.3.0.128", web.Ipv4!.ToString());
        Assert.Contains("mtu 1300", web.Ip("link show eth0"), StringComparison.Ordinal);
        await RefusedAsync(ErrorKind.FailedPrecondition, "configuration network shape is in use by network own", () => engine.Controller.RemoveAsync("shape"));
        await engine.RestartAsync();
        Assert.Equal(configuration.Id, engine.Controller.Find("shape").Id);
        await engine.CloseAsync("web");
        await engine.Controller.RemoveAsync("own");
        await engine.Controller.RemoveAsync("shape");
        Assert.Empty(engine.Troubles);
    }

    [RootFact]
    public async Task Names_are_of_one_network_each_and_those_of_every_engine_are_nobodys()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.CreateAsync("a");
        await RefusedAsync(ErrorKind.AlreadyExists, "network with name a already exists", () => engine.CreateAsync("a"));
        await RefusedAsync(ErrorKind.AlreadyExists, "network with name a already exists", () => engine.Controller.CreateAsync(EngineUnderTest.Wish("a") with { IsConfiguration = true }));
        foreach (string name in (string[])["none", "host"])
        {
            await RefusedAsync(ErrorKind.PermissionDenied, $"operation is not permitted on predefined {name} network", () => engine.CreateAsync(name));
            await RefusedAsync(ErrorKind.PermissionDenied, $"{name} is a pre-defined network and cannot be removed", () => engine.Controller.RemoveAsync(name));
        }
        // Of two that are asked for at once one is made.
        Task<NetworkRecord>[] both = [Task.Run(() => engine.CreateAsync("b")), Task.Run(() => engine.CreateAsync("b"))];
        await Assert.ThrowsAsync<KeelsonException>(() => Task.WhenAll(both));
        Assert.Equal(1, both.Count(made => made.IsCompletedSuccessfully));
        Assert.Single(engine.Controller.List(), network => network.Name == "b");
    }

    [RootTheory]
    [InlineData("swarm")]
    [InlineData("global")]
    public async Task A_network_of_more_than_this_host_is_refused(string scope)
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await RefusedAsync(ErrorKind.InvalidArgument, $"network a: this engine has networks of scope local alone, not {scope}", () => engine.Controller.CreateAsync(EngineUnderTest.Wish("a") with { Scope = scope }));
        if (scope != "global") return;
        using Remote.PluginProgram plugin = new(engine.Folder + "/host", "plugin.py", engine.Folder + "/plugins/mine.sock", engine.Folder + "/log", "global");
        await RefusedAsync(ErrorKind.InvalidArgument, "network b: this engine has networks of scope local alone, not global", () => engine.Controller.CreateAsync(EngineUnderTest.Wish("b") with { Driver = "mine" }));
        Assert.DoesNotContain("CreateNetwork", plugin.Told, StringComparison.Ordinal);
    }

    private static async Task RefusedAsync(ErrorKind kind, string message, Func<Task> what)
    {
        KeelsonException refused = await Assert.ThrowsAnyAsync<KeelsonException>(what);
        Assert.Equal(kind, refused.Kind);
        Assert.Contains(message, refused.FullMessage, StringComparison.Ordinal);
    }
}
