using Keelson.Interop.Tests;

namespace Keelson.DockerApi.Tests.Clients;

/// <summary>Clients that are not docker's own: each does the same on dockerd and on keelsond.</summary>
public sealed class ForeignClientTests(KeelsondHost keelsond, DockerdHost dockerd) : IClassFixture<KeelsondHost>, IClassFixture<DockerdHost>
{
    [ForeignClientFact]
    public async Task Dockers_library_for_Python_sees_the_same()
    {
        string expected = await ScenarioAsync(dockerd), got = await ScenarioAsync(keelsond);
        string[] theirs = expected.Split('\n'), ours = got.Split('\n');
        Assert.True(theirs.SequenceEqual(ours), $"dockerd alone:\n{string.Join('\n', theirs.Except(ours))}\nkeelsond alone:\n{string.Join('\n', ours.Except(theirs))}");
        Assert.True(expected.Split('\n').Length > 40);
    }

    [ClientTheory("dockerd docker-compose")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Docker_compose_runs_an_application_of_three(bool isKeelsond)
    {
        EngineHost engine = isKeelsond ? keelsond : dockerd;
        await engine.BringAsync("compose.yaml", "/run/shop/docker-compose.yaml");
        Task<CommandResult> Compose(params string[] arguments) => engine.Host.RunAsync(["docker-compose", "--no-ansi", "-f", "/run/shop/docker-compose.yaml", .. arguments]);
        (await Compose("config", "-q")).Succeeds();
        (await Compose("up", "-d")).Succeeds();
        Assert.Equal(["client", "store", "web"], (await Compose("ps", "--services", "--filter", "status=running")).Succeeds().Lines.Order(StringComparer.Ordinal));
        Assert.Contains("Up (healthy)", (await Compose("ps")).Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Contains("serving", (await Compose("logs", "web")).Succeeds().Stdout, StringComparison.Ordinal);
        await Eventually.HoldsAsync("the client has the page", async () => (await Compose("logs", "client")).Stdout.Contains("stored", StringComparison.Ordinal));
        Assert.Equal("blue\n", (await Compose("exec", "-T", "web", "sh", "-c", "echo $COLOUR")).Succeeds().Stdout);
        Assert.Equal(3, (await Compose("exec", "-T", "web", "sh", "-c", "exit 3")).ExitCode);
        (await Compose("exec", "-T", "client", "ping", "-c1", "-W1", "store")).Fails("bad address");
        Assert.Contains("sleep 1000", (await Compose("top", "store")).Succeeds().Stdout, StringComparison.Ordinal);
        (await Compose("up", "-d")).Succeeds();
        (await Compose("restart", "-t", "0", "client")).Succeeds();
        (await Compose("stop", "-t", "0")).Succeeds();
        (await Compose("start")).Succeeds();
        (await Compose("down", "-v", "-t", "0")).Succeeds();
        foreach (string[] left in (string[][])[["ps", "-aq"], ["volume", "ls", "-q"], ["network", "ls", "-q", "--filter", "type=custom"]])
            Assert.Equal("", (await engine.Host.RunAsync(["/usr/bin/docker", .. left])).Succeeds().Text);
    }

    private static async Task<string> ScenarioAsync(EngineHost engine)
    {
        await engine.BringAsync("scenario.py", "/run/scenario.py");
        return (await engine.Host.RunAsync("/usr/bin/python3", "/run/scenario.py")).Succeeds().Stdout;
    }
}
