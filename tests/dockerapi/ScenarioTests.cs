namespace Keelson.DockerApi.Tests;

/// <summary>What people do with docker, by docker's own clients on the published daemon.</summary>
public sealed class ScenarioTests(DaemonWithClients daemon) : IClassFixture<DaemonWithClients>
{
    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    [ClientTheory, MemberData(nameof(Clients))]
    public void Run_carries_streams_and_exit_codes(string docker)
    {
        CommandResult result = daemon.Run(docker, "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7");
        Assert.Equal((7, "out\n", "err\n"), (result.ExitCode, result.Stdout, result.Stderr));
        Assert.Equal("abc\n", daemon.RunWithInput(docker, "abc\n", "-i", "--rm", "busybox", "cat").Succeeds().Stdout);
        Assert.Equal("2000000", daemon.RunWithInput(docker, new string('x', 2_000_000), "-i", "--rm", "busybox", "wc", "-c").Succeeds().Text);
        daemon.Run(docker, "--rm", "busybox", "nosuch").Exits(127).Fails("executable file not found in $PATH");
        daemon.Run(docker, "--rm", "busybox", "/etc/passwd").Exits(126).Fails("permission denied");
        Assert.Equal("", daemon.Docker(docker, "ps", "-aq", "--filter", "ancestor=nope").Text);
    }

    [ClientTheory("curl"), InlineData("nosuch"), InlineData("/etc/passwd")]
    public void A_program_that_cannot_be_run_is_the_callers_fault(string program)
    {
        string name = daemon.NewName();
        daemon.Docker(DaemonWithClients.Clients[0], "create", "--name", name, "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, "busybox", program).Succeeds();
        Assert.Equal("400", ChildProcess.Run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "--unix-socket", daemon.Host["unix://".Length..], $"http://d/v1.41/containers/{name}/start"]).Succeeds().Text);
        daemon.Docker(DaemonWithClients.Clients[0], "rm", name).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_container_lives_its_life(string docker)
    {
        string name = daemon.NewName();
        daemon.Run(docker, "-d", "--name", name, "--label", "who=" + name, "busybox", "sh", "-c", "echo started; exec sleep 1000").Succeeds();
        Assert.Equal($"{name} running", daemon.Docker(docker, "ps", "--filter", "label=who=" + name, "--format", "{{.Names}} {{.State}}").Text);
        Assert.Equal($"/{name} busybox none true", daemon.Docker(docker, "inspect", "-f", "{{.Name}} {{.Config.Image}} {{.HostConfig.NetworkMode}} {{.State.Running}}", name).Text);
        Condition.Await("its output", () => daemon.Docker(docker, "logs", name).Text == "started");
        Assert.Equal((4, "in\n"), (daemon.Docker(docker, "exec", name, "sh", "-c", "echo in; exit 4").ExitCode, daemon.DockerWithInput(docker, "in\n", "exec", "-i", name, "cat").Stdout));
        Assert.Contains("sleep 1000", daemon.Docker(docker, "top", name).Stdout, StringComparison.Ordinal);
        Assert.Equal(name, daemon.Docker(docker, "stats", "--no-stream", "--format", "{{.Name}}", name).Text);
        daemon.Docker(docker, "pause", name).Succeeds();
        daemon.Docker(docker, "exec", name, "true").Fails("is paused");
        daemon.Docker(docker, "unpause", name).Succeeds();
        daemon.Docker(docker, "rm", name).Fails("You cannot remove a running container");
        daemon.Docker(docker, "restart", "-t", "0", name).Succeeds();
        daemon.Docker(docker, "kill", name).Succeeds();
        Assert.Equal("137", daemon.Docker(docker, "wait", name).Text);
        daemon.Docker(docker, "start", name).Succeeds();
        daemon.Docker(docker, "rename", name, name + "x").Succeeds();
        daemon.Docker(docker, "stop", "-t", "0", name + "x").Succeeds();
        daemon.Docker(docker, "rm", name + "x").Succeeds();
        // The client sends whole seconds: what happened in this one is seen when it is over.
        string until = TimeProvider.System.GetUtcNow().AddSeconds(1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] actions = daemon.Docker(docker, "events", "--since", "1h", "--until", until, "--filter", "label=who=" + name, "--filter", "event=create", "--filter", "event=die", "--filter", "event=destroy", "--format", "{{.Action}}").Lines;
        Assert.Equal(["create", "die", "die", "die", "destroy"], actions);
        daemon.Docker(docker, "inspect", name).Fails("No such");
    }

    [ClientFact]
    public void The_command_line_adds_a_mount_to_a_running_container_and_takes_it_away()
    {
        string keelson = DaemonWithClients.Clients[^1], name = daemon.NewName();
        daemon.Run(keelson, "-d", "--name", name, "busybox", "sleep", "1000").Succeeds();
        daemon.Docker(keelson, "update", "--mount-add", $"type=volume,source={name},target=/data", name).Succeeds();
        daemon.Docker(keelson, "exec", name, "touch", "/data/f").Succeeds();
        Assert.Equal($"{name} /data", daemon.Docker(keelson, "inspect", "-f", "{{range .Mounts}}{{.Name}} {{.Destination}}{{end}}", name).Text);
        daemon.Docker(keelson, "update", "--mount-rm", "/data", name).Succeeds();
        daemon.Docker(keelson, "exec", name, "ls", "/data/f").Fails("No such file");
        daemon.Docker(keelson, "update", "--mount-rm", "/data", name).Fails("nothing of its settings is mounted at /data");
        daemon.Docker(keelson, "rm", "-f", name).Succeeds();
        daemon.Docker(keelson, "volume", "rm", name).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Events_of_images_are_told_as_dockerd_does(string docker)
    {
        string name = daemon.NewName(), archive = daemon.NewPath("saved"), container = daemon.NewName();
        string since = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        daemon.Run(docker, "--name", container, "busybox", "touch", "/made").Succeeds();
        daemon.Docker(docker, "commit", "-c", "LABEL of=" + name, container, name + ":1").Succeeds();
        string id = daemon.Docker(docker, "inspect", "--type", "image", "-f", "{{.Id}}", name + ":1").Text;
        daemon.Docker(docker, "tag", name + ":1", name + ":2").Succeeds();
        daemon.Docker(docker, "save", "-o", archive, name + ":1").Succeeds();
        daemon.Docker(docker, "rmi", name + ":1").Succeeds();
        daemon.Docker(docker, "rm", container).Succeeds();
        daemon.Docker(docker, "rmi", name + ":2").Succeeds();
        daemon.Docker(docker, "load", "-i", archive).Succeeds();
        daemon.Docker(docker, "rmi", name + ":1").Succeeds();
        string until = TimeProvider.System.GetUtcNow().AddSeconds(1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] told = daemon.Docker(docker, "events", "--since", since, "--until", until, "--filter", "type=image", "--format", "{{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}} {{.Actor.Attributes.of}}").Lines;
        Assert.Equal(
            [
                $"tag {id} {name}:1 {name}", $"tag {id} {name}:2 {name}", $"save {id} {id} {name}", $"untag {id} {id} {name}", $"untag {id} {id} {name}", $"delete {id} {id}",
                $"load {id} {id} {name}", $"untag {id} {id} {name}", $"delete {id} {id}",
            ],
            told.Where(line => line.Contains(id, StringComparison.Ordinal)).Select(line => line.Replace(" <no value>", "", StringComparison.Ordinal).TrimEnd()));
        Assert.Equal("commit", daemon.Docker(docker, "events", "--since", since, "--until", until, "--filter", "container=" + container, "--filter", "event=commit", "--format", "{{.Action}}").Text);
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Checks_tell_how_a_container_fares(string docker)
    {
        string name = daemon.NewName(), label = "who=" + name;
        daemon.Run(docker, "-d", "--name", name, "--label", label, "--health-cmd", "echo looked; test -e /tmp/well", "--health-interval", "50ms", "--health-retries", "2", "busybox", "sleep", "1000").Succeeds();
        string Status(string filter) => daemon.Docker(docker, "ps", "--filter", "label=" + label, "--filter", "health=" + filter, "--format", "{{.Status}}").Text;
        Condition.Await("unhealthy", () => Status("unhealthy").EndsWith("(unhealthy)", StringComparison.Ordinal));
        Assert.Equal("unhealthy 1 looked", daemon.Docker(docker, "inspect", "-f", "{{.State.Health.Status}} {{(index .State.Health.Log 0).ExitCode}} {{(index .State.Health.Log 0).Output}}", name).Text);
        daemon.Docker(docker, "exec", name, "touch", "/tmp/well").Succeeds();
        Condition.Await("healthy", () => Status("healthy").EndsWith("(healthy)", StringComparison.Ordinal));
        Assert.Equal("", Status("none"));
        daemon.Docker(docker, "ps", "--filter", "health=odd").Fails("health");
        string until = TimeProvider.System.GetUtcNow().AddSeconds(1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] told = daemon.Docker(docker, "events", "--since", "1h", "--until", until, "--filter", "label=" + label, "--filter", "event=health_status", "--format", "{{.Action}}").Lines;
        Assert.Equal(["health_status: unhealthy", "health_status: healthy"], told);
        daemon.Docker(docker, "rm", "-f", name).Succeeds();
        // Long before its first check.
        daemon.Run(docker, "-d", "--name", name, "--label", label, "--health-cmd", "true", "busybox", "sleep", "1000").Succeeds();
        Assert.EndsWith("(health: starting)", Status("starting"), StringComparison.Ordinal);
        daemon.Docker(docker, "rm", "-f", name).Succeeds();
        daemon.Run(docker, "-d", "--name", name, "--label", label, "--no-healthcheck", "busybox", "sleep", "1000").Succeeds();
        Assert.NotEqual("", Status("none"));
        daemon.Docker(docker, "rm", "-f", name).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Files_go_in_and_out(string docker)
    {
        string name = daemon.NewName(), source = daemon.NewPath("in"), back = daemon.NewPath("out");
        File.WriteAllText(source, "content");
        daemon.Run(docker, "--name", name, "busybox", "touch", "/made").Succeeds();
        daemon.Docker(docker, "cp", source, name + ":/tmp/f").Succeeds();
        daemon.Docker(docker, "cp", name + ":/tmp/f", back).Succeeds();
        Assert.Equal("content", File.ReadAllText(back));
        daemon.Docker(docker, "cp", name + ":/nope", back).Exits(1).Fails("/nope");
        Assert.Contains("A /made", daemon.Docker(docker, "diff", name).Lines);
        string all = daemon.NewPath("all.tar");
        daemon.Docker(docker, "export", "-o", all, name).Succeeds();
        Assert.Contains("made", ChildProcess.Run(["tar", "-tf", all]).Succeeds().Lines);
        daemon.Docker(docker, "commit", name, name + ":1").Succeeds();
        Assert.Equal("/made", daemon.Run(docker, "--rm", name + ":1", "ls", "/made").Text);
        daemon.Docker(docker, "rm", name).Succeeds();
        daemon.Docker(docker, "rmi", name + ":1").Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Images_are_saved_and_loaded(string docker)
    {
        string tag = daemon.NewName() + ":1", file = daemon.NewPath("image.tar");
        daemon.Docker(docker, "tag", "busybox", tag).Succeeds();
        string id = daemon.Docker(docker, "image", "inspect", "-f", "{{.Id}}", tag).Text;
        daemon.Docker(docker, "save", "-o", file, tag).Succeeds();
        Assert.Contains("Untagged: " + tag, daemon.Docker(docker, "rmi", tag).Lines);
        Assert.Contains("Loaded image: " + tag, daemon.Docker(docker, "load", "-i", file).Lines);
        Assert.Equal(id, daemon.Docker(docker, "image", "inspect", "-f", "{{.Id}}", tag).Text);
        Assert.Equal(tag, daemon.Docker(docker, "images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=" + tag).Text);
        daemon.Docker(docker, "rmi", tag).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Volumes_keep_what_containers_write(string docker)
    {
        string volume = daemon.NewName();
        daemon.Docker(docker, "volume", "create", volume).Succeeds();
        daemon.Run(docker, "--rm", "-v", volume + ":/data", "busybox", "sh", "-c", "echo kept > /data/f").Succeeds();
        Assert.Equal("kept", daemon.Run(docker, "--rm", "-v", volume + ":/data", "busybox", "cat", "/data/f").Text);
        daemon.Docker(docker, "volume", "rm", volume).Succeeds();
        daemon.Docker(docker, "volume", "inspect", volume).Fails("no such volume");
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Containers_survive_the_daemon_and_restart_policies_hold(string docker)
    {
        string lasting = daemon.NewName(), restarting = daemon.NewName();
        daemon.Run(docker, "-d", "--name", lasting, "busybox", "sleep", "1000").Succeeds();
        daemon.Run(docker, "-d", "--name", restarting, "--restart", "always", "busybox", "sleep", "1000").Succeeds();
        string pid = daemon.Docker(docker, "inspect", "-f", "{{.State.Pid}}", lasting).Text;
        daemon.KillAndRestart();
        Assert.Equal("true " + pid, daemon.Docker(docker, "inspect", "-f", "{{.State.Running}} {{.State.Pid}}", lasting).Text);
        Assert.Equal("here", daemon.Docker(docker, "exec", lasting, "echo", "here").Text);
        string before = daemon.Docker(docker, "inspect", "-f", "{{.State.Pid}}", restarting).Text;
        daemon.Docker(docker, "exec", restarting, "kill", "-9", "1");
        ChildProcess.Run(["kill", "-9", before]).Succeeds();
        Condition.Await("it was started again", () => daemon.Docker(docker, "inspect", "-f", "{{.State.Running}} {{.State.Pid}}", restarting).Text is { } state && state.StartsWith("true", StringComparison.Ordinal) && !state.EndsWith(" " + before, StringComparison.Ordinal));
        daemon.Docker(docker, "rm", "-f", lasting, restarting).Succeeds();
    }
}
