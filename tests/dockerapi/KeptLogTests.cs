namespace Keelson.DockerApi.Tests;

/// <summary>Logs that stay when their containers are removed, wished since moby #37646, and what is said where a log cannot be.</summary>
public sealed class KeptLogTests(DaemonWithClients daemon) : IClassFixture<DaemonWithClients>
{
    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_log_stays_when_the_label_asks_for_it_and_is_read_and_removed_by_name(string docker)
    {
        string name = daemon.NewName(), kept = "removed:" + name;
        daemon.Run(docker, "--rm", "--name", name, "--label", "io.keelson.keep-logs=true", "--log-opt", "max-size=1k", "--log-opt", "max-file=3", "busybox", "sh", "-c", "i=0; while [ $i -lt 40 ]; do echo line $i; i=$((i + 1)); done; echo bad >&2; exit 3").Exits(3);

        Assert.Contains("o such", daemon.Docker(docker, "inspect", name).Exits(1).Stderr, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("line 39", daemon.Docker(docker, "logs", kept).Succeeds().Lines[^1]);
        Assert.Equal("bad", daemon.Docker(docker, "logs", "--tail", "1", kept).Succeeds().Stderr.Trim());
        Assert.Equal("removed 3", daemon.Docker(docker, "inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", kept).Succeeds().Text);
        Assert.Contains(name, daemon.Docker(docker, "ps", "--filter", "status=removed", "--format", "{{.Names}} {{.Status}}").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain(name, daemon.Docker(docker, "ps", "-a", "--format", "{{.Names}}").Succeeds().Stdout, StringComparison.Ordinal);

        // The name is free, and a second one of it is the one that is meant.
        daemon.Run(docker, "--name", name, "--label", "io.keelson.keep-logs=1h", "busybox", "echo", "second").Succeeds();
        daemon.Docker(docker, "rm", name).Succeeds();
        Assert.Equal("second", daemon.Docker(docker, "logs", kept).Succeeds().Text);
        daemon.KillAndRestart();
        Assert.Equal("second", daemon.Docker(docker, "logs", kept).Succeeds().Text);

        daemon.Docker(docker, "rm", kept).Succeeds();
        Assert.Equal("line 39", daemon.Docker(docker, "logs", kept).Succeeds().Lines[^1]);
        daemon.Docker(docker, "rm", kept).Succeeds();
        daemon.Docker(docker, "logs", kept).Exits(1).Fails("No such container");
        Assert.Empty(Directory.GetDirectories(daemon.Folder + "/root", "removed", SearchOption.AllDirectories).SelectMany(Directory.GetDirectories));
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_time_that_is_none_is_refused(string docker) =>
        daemon.Docker(docker, "create", "--label", "io.keelson.keep-logs=soon", "busybox").Exits(1).Fails("label io.keelson.keep-logs: 'soon' is neither true nor false nor a time such as 72h");

    [ClientTheory, MemberData(nameof(Clients))]
    public void Without_a_journal_a_container_of_journald_does_not_start_and_says_why(string docker)
    {
        if (File.Exists("/run/systemd/journal/socket")) return;
        string name = daemon.NewName();
        daemon.Run(docker, "--name", name, "--log-driver", "journald", "busybox", "true").Exits(125).Fails("failed to initialize logging driver: journald is not enabled on this host");
        daemon.Docker(docker, "rm", name).Succeeds();
    }
}
