namespace Keelson.DockerApi.Tests;

/// <summary>The log driver journald, with a systemd-journald.</summary>
public sealed class JournaldTests(JournalDaemon daemon) : IClassFixture<JournalDaemon>
{
    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    [ClientTheory("journalctl"), MemberData(nameof(Clients))]
    public void Lines_are_in_the_journal_and_come_back(string docker)
    {
        string name = daemon.NewName();
        daemon.Run(docker, "--name", name, "--log-driver", "journald", "--log-opt", "tag=app/{{.Name}}", "--log-opt", "labels=team", "--log-opt", "env-regex=^MY_", "--label", "team=blue", "-e", "MY_kind=x y",
            "busybox", "sh", "-c", "echo one; echo two; echo bad >&2; printf 'bytes \\377\\n'; printf end").Succeeds();

        Assert.Equal("one\ntwo\nend", daemon.Docker(docker, "logs", name).Succeeds().Stdout.Replace("bytes \ufffd\n", "", StringComparison.Ordinal));
        Assert.Equal("bad", daemon.Docker(docker, "logs", name).Succeeds().Stderr.Trim());
        Assert.Equal("end", daemon.Docker(docker, "logs", "--tail", "1", name).Succeeds().Stdout);
        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z one", daemon.Docker(docker, "logs", "-t", name).Succeeds().Stdout);
        Assert.Contains("team=blue", daemon.Docker(docker, "logs", "--details", name).Succeeds().Stdout, StringComparison.Ordinal);

        string id = daemon.Docker(docker, "inspect", "-f", "{{.Id}}", name).Succeeds().Text;
        string entry = daemon.Journal("--quiet", "-o", "export", "-n", "1", "CONTAINER_ID_FULL=" + id, "MESSAGE=bad").Succeeds().Stdout;
        foreach (string field in (string[])["PRIORITY=3", "CONTAINER_NAME=" + name, "CONTAINER_ID=" + id[..12], "CONTAINER_TAG=app/" + name, "SYSLOG_IDENTIFIER=app/" + name, "IMAGE_NAME=busybox", "TEAM=blue", "MY_KIND=x y"])
            Assert.Contains(field + "\n", entry, StringComparison.Ordinal);
        daemon.Docker(docker, "rm", name).Succeeds();
        // They stay, whoever goes.
        Assert.Equal(5, daemon.Journal("--quiet", "-o", "cat", "--all", "CONTAINER_NAME=" + name).Succeeds().Lines.Length);
    }

    [ClientTheory("journalctl"), MemberData(nameof(Clients))]
    public void Following_ends_with_the_container_and_misses_nothing(string docker)
    {
        string name = daemon.NewName();
        daemon.Run(docker, "-d", "--name", name, "--log-driver", "journald", "busybox", "sh", "-c", "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i + 1)); done; sleep 1; echo last").Succeeds();

        CommandResult followed = daemon.Docker(docker, "logs", "-f", name).Succeeds();

        Assert.Equal([.. Enumerable.Range(0, 2000).Select(i => $"line {i}"), "last"], followed.Stdout.TrimEnd('\n').Split('\n'));
        daemon.Docker(docker, "rm", name).Succeeds();
    }

    [ClientTheory("journalctl"), MemberData(nameof(Clients))]
    public void Following_from_now_on_shows_what_comes_with_the_end(string docker)
    {
        for (int i = 0; i < 2; i++)
        {
            string name = daemon.NewName();
            daemon.Run(docker, "-d", "-i", "--name", name, "--log-driver", "journald", "busybox", "sh", "-c", "echo before; sleep 1; echo last").Succeeds();
            daemon.Docker(docker, "logs", name).Succeeds();
            Assert.Equal("last", daemon.Docker(docker, "logs", "-f", "--tail", "0", name).Succeeds().Text);
            daemon.Docker(docker, "rm", name).Succeeds();
        }
    }

    [ClientTheory("journalctl"), MemberData(nameof(Clients))]
    public void What_is_written_while_no_client_looks_and_in_one_piece_is_whole(string docker)
    {
        string name = daemon.NewName();
        // More than the journal's socket takes at once, and lines that come in parts.
        daemon.Run(docker, "--name", name, "--log-driver", "journald", "busybox", "sh", "-c", "i=0; while [ $i -lt 60 ]; do printf '%040000d\\n' $i; i=$((i + 1)); done").Succeeds();

        string[] lines = daemon.Docker(docker, "logs", name).Succeeds().Stdout.TrimEnd('\n').Split('\n');

        Assert.Equal(Enumerable.Range(0, 60).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(40_000, '0')), lines);
        daemon.Docker(docker, "rm", name).Succeeds();
    }

    [ClientTheory("journalctl"), MemberData(nameof(Clients))]
    public void Options_of_files_are_none_of_it(string docker) =>
        daemon.Docker(docker, "create", "--log-driver", "journald", "--log-opt", "max-size=1m", "busybox").Exits(1).Fails("unknown log opt 'max-size' for journald log driver");
}
