namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10 with <c>--containerd</c> on keelsond's socket: what of it is seen on both sides.</summary>
[Collection<KeelsondDockerdCollection>]
public class KeelsondDockerdTests(KeelsondDockerdFixture docker)
{
    [DockerFact]
    public async Task Dockerd_tells_the_version_and_commit_of_keelsond()
    {
        string version = (await docker.CtrAsync("version")).Succeeds().Stdout;
        string server = version[version.IndexOf("Server:", StringComparison.Ordinal)..];
        string component = (await docker.CliAsync("version", "--format", "{{range .Server.Components}}{{if eq .Name \"containerd\"}}{{.Version}} {{.Details.GitCommit}}{{end}}{{end}}")).Succeeds().Text;
        Assert.All(component.Split(' '), word => Assert.Contains(word, server, StringComparison.Ordinal));
        Assert.Equal(2, component.Split(' ').Length);
    }

    [DockerFact]
    public async Task A_container_of_dockerd_is_a_task_of_keelsond_in_the_namespace_moby()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        string id = await container.InspectAsync("{{.Id}}"), pid = await container.InspectAsync("{{.State.Pid}}");
        (await docker.CtrAsync("containers", "info", id)).Succeeds();
        Assert.Contains((await docker.CtrAsync("tasks", "ls")).Succeeds().Lines, line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [string task, _, "RUNNING"] && task == id);
        // In the host, both see the same process.
        Assert.Contains((await docker.CtrAsync("tasks", "ls")).Lines, line => line.Contains(pid, StringComparison.Ordinal));
    }

    [DockerFact]
    public async Task A_removed_container_leaves_no_record_task_or_bundle()
    {
        string id;
        await using (EngineContainer container = await docker.StartIdleAsync()) id = await container.InspectAsync("{{.Id}}");
        Assert.DoesNotContain(id, (await docker.CtrAsync("containers", "ls", "-q")).Succeeds().Lines);
        Assert.DoesNotContain(id, (await docker.CtrAsync("tasks", "ls", "-q")).Succeeds().Lines);
        Assert.False(Directory.Exists($"{docker.Host.Root}/run/keelson/io.containerd.runtime.v2.task/moby/{id}"));
    }

    [DockerFact]
    public async Task The_events_of_a_container_reach_dockers_clients_in_order()
    {
        string since = (await docker.Host.RunAsync("date", "+%s.%N")).Succeeds().Text, name = docker.NewName();
        (await docker.CliAsync(docker.RunArguments(["--name", name], "sh", "-c", "exit 9"))).Exits(9);
        (await docker.CliAsync("rm", name)).Succeeds();
        await Eventually.PrintsAsync("create\nattach\nstart\ndie\ndestroy", async () =>
            await docker.CliAsync("events", "--since", since, "--until", (await docker.Host.RunAsync("date", "+%s.%N")).Text, "--filter", $"container={name}", "--format", "{{.Action}}"));
    }

    [DockerFact]
    public async Task Another_runtime_of_dockerds_runs_beside_the_first() =>
        (await docker.RunAsync(["--runtime", "reference"], "echo", "runc")).Prints("runc");

    [DockerFact]
    public async Task Dockerd_knows_runtimes_by_the_names_that_it_was_given_alone() =>
        (await docker.RunAsync(["--runtime", "io.containerd.keelson.v2"], "true")).FailsWith(125, "nknown runtime specified io.containerd.keelson.v2");
}
