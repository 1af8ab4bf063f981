namespace Keelson.Cli.Tests;

/// <summary>How commands end: docker's exit codes, and errors that name operation, object and cause.</summary>
[Collection<EngineCollection>]
public class ExitCodeTests(EngineUnderTest engine)
{
    [CliTheory]
    [InlineData(0, "true")]
    [InlineData(1, "false")]
    [InlineData(7, "sh", "-c", "exit 7")]
    [InlineData(137, "sh", "-c", "sh -c 'kill -9 $$'; exit $?")]
    [InlineData(127, "nowhere")]
    [InlineData(127, "/nowhere")]
    [InlineData(126, "/etc/plain")]
    public async Task A_run_ends_as_dockers_does(int code, params string[] command)
    {
        string[] arguments = ["run", "--rm", "--network", "none", EngineUnderTest.Image, .. command];
        (await engine.DockerAsync(arguments)).Exits(code);
        (await engine.KeelsonAsync(arguments)).Exits(code);
    }

    [CliTheory]
    [InlineData(125, "run", "--nowhere", "busybox:test")]
    [InlineData(125, "run", "--memory", "many", "busybox:test")]
    [InlineData(125, "run", "--pull", "never", "nowhere:test")]
    [InlineData(125, "run", "--rm", "--restart", "always", "busybox:test")]
    [InlineData(125, "ps", "--nowhere")]
    [InlineData(1, "run")]
    [InlineData(1, "ps", "word")]
    [InlineData(1, "create", "--pull", "never", "nowhere:test")]
    [InlineData(1, "nowhere")]
    [InlineData(1, "rm", "nowhere")]
    [InlineData(1, "rename", "nowhere", "other")]
    [InlineData(1, "kill", "nowhere")]
    [InlineData(1, "logs", "nowhere")]
    [InlineData(1, "cp", "nowhere:/a", "/tmp")]
    [InlineData(1, "cp", "/a", "/b")]
    [InlineData(1, "rmi", "nowhere")]
    [InlineData(1, "volume", "rm", "nowhere")]
    [InlineData(1, "exec", "nowhere", "true")]
    [InlineData(0, "ps", "--help")]
    [InlineData(0, "--help")]
    public async Task A_mistake_ends_as_with_docker(int code, params string[] arguments)
    {
        if (arguments is not ["run" or "create", "--pull" or "--rm", ..]) (await engine.DockerAsync(arguments)).Exits(code);
        CommandResult ours = (await engine.KeelsonAsync(arguments)).Exits(code);
        if (code != 0) Assert.StartsWith("keelson", ours.Stderr, StringComparison.Ordinal);
    }

    [CliFact]
    public async Task A_template_with_an_unknown_field_fails_once_there_is_a_row()
    {
        string name = await engine.StartIdleAsync();
        Assert.StartsWith("keelson", (await engine.KeelsonAsync("ps", "--format", "{{.Nowhere}}")).Exits(1).Stderr, StringComparison.Ordinal);
        await engine.RemoveAsync(name);
    }

    [CliFact]
    public async Task One_object_that_is_missing_does_not_keep_the_others()
    {
        string name = await engine.StartIdleAsync();
        CommandResult removed = (await engine.KeelsonAsync("rm", "--force", "--volumes", "nowhere", name)).Exits(0);
        Assert.Equal(name, removed.Text);
        Assert.Contains("remove nowhere: No such container: nowhere", removed.Stderr, StringComparison.Ordinal);
    }

    [CliFact]
    public async Task A_name_that_is_taken_is_125_and_says_by_whom()
    {
        string name = await engine.StartIdleAsync();
        (await engine.KeelsonAsync("run", "--name", name, EngineUnderTest.Image, "true")).FailsWith(125, "keelson run: ", name, "already in use");
        await engine.RemoveAsync(name);
    }

    [CliTheory]
    [InlineData("/run/nowhere.sock", "start keelsond or dockerd", "ENOENT")]
    [InlineData("/run/keelson/docker.sock", "start it with 'keelsond'", "ENOENT")]
    public async Task An_engine_that_is_not_there_is_told_with_what_to_start(string socket, string advice, string cause)
    {
        (await engine.KeelsonAsync("--host", "unix://" + socket, "ps")).FailsWith(1, "connect to the engine at unix://" + socket, cause, advice);
        (await engine.KeelsonAsync("-H", socket, "run", EngineUnderTest.Image)).FailsWith(125, advice);
    }

    [CliFact]
    public async Task Containers_that_are_removed_at_once_are_told_in_the_order_of_their_names()
    {
        string[] names = [.. Enumerable.Range(0, 20).Select(_ => engine.NewName())];
        foreach (string name in names) (await engine.KeelsonAsync("create", "--name", name, EngineUnderTest.Image, "true")).Succeeds();

        CommandResult removed = (await engine.KeelsonAsync(["rm", .. names[..10].Reverse(), "nowhere", .. names[10..]])).Exits(1);

        Assert.Equal([.. names[..10].Reverse(), .. names[10..]], removed.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("keelson: remove nowhere: ", Assert.Single(removed.Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
