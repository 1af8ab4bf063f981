namespace Keelson.DockerApi.Tests;

/// <summary>A daemon that says how output is kept of containers that say nothing of it.</summary>
public sealed class LogDaemon() : DaemonWithClients(isNetworked: false, _ => """
    [docker]
    log_driver = "json-file"
    [docker.log_options]
    max-size = "4k"
    max-file = "3"
    compress = "true"
    """);

/// <summary>What a daemon says of logs, and logs in compressed files.</summary>
public sealed class LogDefaultsTests(LogDaemon daemon) : IClassFixture<LogDaemon>
{
    private const string Count = "i=0; while [ $i -lt 150 ]; do echo line $i; i=$((i + 1)); usleep 2000; done";

    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_container_that_says_nothing_has_the_daemons_driver_and_options(string docker)
    {
        string name = daemon.NewName();
        daemon.Docker(docker, "create", "--name", name, "--log-opt", "max-file=5", "busybox").Succeeds();
        Assert.Equal("json-file", daemon.Docker(docker, "info", "-f", "{{.LoggingDriver}}").Text);
        Assert.Equal("json-file true 5 4k", daemon.Docker(docker, "inspect", "-f", "{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config \"compress\"}} {{index .HostConfig.LogConfig.Config \"max-file\"}} {{index .HostConfig.LogConfig.Config \"max-size\"}}", name).Text);
        daemon.Docker(docker, "rm", name).Succeeds();
        // Options are of the daemon's driver alone.
        daemon.Docker(docker, "create", "--name", name, "--log-driver", "local", "busybox").Succeeds();
        Assert.Equal("local 0", daemon.Docker(docker, "inspect", "-f", "{{.HostConfig.LogConfig.Type}} {{len .HostConfig.LogConfig.Config}}", name).Text);
        daemon.Docker(docker, "rm", name).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Logs_are_whole_over_compressed_files_also_after_a_kill_of_the_daemon(string docker)
    {
        string name = daemon.NewName();
        daemon.Run(docker, "-d", "--name", name, "busybox", "sh", "-c", Count).Succeeds();
        Assert.Equal([.. Enumerable.Range(0, 150).Select(i => $"line {i}")], daemon.Docker(docker, "logs", "-f", name).Succeeds().Lines);
        string log = daemon.Docker(docker, "inspect", "-f", "{{.LogPath}}", name).Text;
        Condition.Await("compressed files", () => File.Exists(log + ".1.gz") && File.Exists(log + ".2.gz") && !File.Exists(log + ".1"));
        Assert.Equal([.. Enumerable.Range(50, 100).Select(i => $"line {i}")], daemon.Docker(docker, "logs", "--tail", "100", name).Succeeds().Lines);
        daemon.KillAndRestart();
        Assert.Equal([.. Enumerable.Range(50, 100).Select(i => $"line {i}")], daemon.Docker(docker, "logs", "--tail", "100", name).Succeeds().Lines);
        daemon.Docker(docker, "rm", name).Succeeds();
        Assert.False(Directory.Exists(Path.GetDirectoryName(log)));
    }
}
