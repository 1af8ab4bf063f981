using Keelson.Network.Control;

namespace Keelson.Network.Tests;

/// <summary>Who may open connections to whom in a network whose containers may not speak to each other.</summary>
public sealed class PolicyTests
{
    private const string NoNeighbours = "com.docker.network.bridge.enable_icc", AcceptFrom = "com.keelson.accept-from";

    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_container_takes_connections_from_those_whom_it_names_and_from_nobody_else(bool isInternal)
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.Controller.CreateAsync(EngineUnderTest.Wish("a", (NoNeighbours, "false")) with { IsInternal = isInternal });
        Place web = await engine.OpenAsync("web", "a"), db = await engine.OpenWithAsync("db", [Accepting("web,later")]), spy = await engine.OpenAsync("spy", "a");
        foreach (Place place in (Place[])[web, db, spy]) place.ServeTcp(80);
        Assert.Equal(web.Ipv4!.ToString(), await web.AskAsync(db.Ipv4!.ToString(), 80));
        await OthersAreRefusedAsync();
        // Whoever comes later is found by name, and who gets an address after one who was let in is not.
        Place later = await engine.OpenAsync("later", "a");
        Assert.NotNull(await later.AskAsync(db.Ipv4!.ToString(), 80));
        await engine.CloseAsync("later");
        Place heir = await engine.OpenWithAsync("heir", [new("a") { Ipv4 = later.Ipv4 }]);
        Assert.True(await heir.IsRefusedAsync(db.Ipv4!.ToString(), 80));
        await engine.RestartAsync();
        Assert.NotNull(await web.AskAsync(db.Ipv4!.ToString(), 80));
        await OthersAreRefusedAsync();
        engine.Host.Nft("flush", "ruleset");
        await engine.Controller.RestoreAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(await web.AskAsync(db.Ipv4!.ToString(), 80));
        await OthersAreRefusedAsync();
        await engine.Controller.RenameAsync("web", ["other"], TestContext.Current.CancellationToken);
        Assert.True(await web.IsRefusedAsync(db.Ipv4!.ToString(), 80));
        await engine.CloseAsync("db");
        Assert.Contains("set peers4 {\n\t\ttype ipv4_addr . ipv4_addr\n\t}", engine.Host.Nft("list", "set", "inet", "keelson", "peers4"), StringComparison.Ordinal);
        Assert.Empty(engine.Troubles);

        async Task OthersAreRefusedAsync() => Assert.True(await db.IsRefusedAsync(web.Ipv4!.ToString(), 80) && await spy.IsRefusedAsync(db.Ipv4!.ToString(), 80) && await spy.IsRefusedAsync(web.Ipv4!.ToString(), 80));
    }

    [RootFact]
    public async Task Where_all_may_speak_nobody_is_named()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.CreateAsync("a");
        Assert.Contains("containers may not speak to each other", (await Assert.ThrowsAsync<KeelsonException>(() => engine.OpenWithAsync("db", [Accepting("web")]))).Message, StringComparison.Ordinal);
    }

    private static EndpointWish Accepting(string names) => new("a") { Options = new Dictionary<string, string> { [AcceptFrom] = names } };
}
