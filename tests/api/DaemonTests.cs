using Keelson.Linux;
using Keelson.Linux.Sys;
using V1 = Containerd.Services.Content.V1;

namespace Keelson.Api.Tests;

/// <summary>The daemon as a process: its command line, files and signals.</summary>
public class DaemonTests
{
    private static CommandResult Run(params IReadOnlyList<string> options) => ChildProcess.Run([Repository.PublishedDaemon, .. options]);

    [DaemonFact]
    public void Version_and_help_are_printed()
    {
        Assert.StartsWith("keelsond 0.1.0\ncommit: ", Run("--version").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Contains("--config FILE", Run("--help").Succeeds().Stdout, StringComparison.Ordinal);
    }

    [DaemonFact]
    public void A_wrong_command_line_is_refused()
    {
        Run("--bogus", "x").Fails("'--bogus' is no option");
        Run("--root").Fails("option --root", "missing");
        Run("--root", "relative").Fails("option root", "not an absolute path");
        Run("--log-level", "loud", "--root", "/nonexistent").Fails("option log-level", "'loud'");
        Run("--log-driver", "syslog", "--root", "/nonexistent").Fails("log driver of containers", "\"syslog\" not found");
        Run("--log-driver", "local", "--log-opt", "labels=a", "--root", "/nonexistent").Fails("unknown log opt 'labels' for local");
        Run("--log-opt", "max-size", "--root", "/nonexistent").Fails("option log-opt", "KEY=VALUE");
    }

    [DaemonFact]
    public void Directories_and_socket_are_closed_to_others_even_when_they_were_open()
    {
        string folder = TestDirectory.Make("keelsond");
        foreach (string name in (string[])["/root", "/state"]) TestDirectory.SetMode(Directory.CreateDirectory(folder + name).FullName, 0b111_111_111);
        using DaemonUnderTest daemon = DaemonUnderTest.Start(folder);

        Assert.Equal(0b111_001_001u, Mode(daemon.Root));
        Assert.Equal(0b111_001_001u, Mode(daemon.State));
        Assert.Equal(0b111_000_000u, Mode(daemon.Root + "/store"));
        Assert.Equal(0b110_110_000u, Mode(daemon.Address));
    }

    [DaemonFact]
    public void A_second_daemon_on_the_same_root_or_socket_is_refused_and_the_first_lives_on()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();

        Run("--root", daemon.Root, "--state", daemon.Folder + "/other").Fails("another keelsond runs on");
        Run("--root", daemon.Folder + "/other", "--state", daemon.State).Fails("another daemon listens there");

        daemon.Ctr("version").Succeeds();
    }

    [DaemonFact]
    public void The_socket_of_a_killed_daemon_is_replaced_and_another_file_is_not()
    {
        string folder = TestDirectory.Make("keelsond");
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder)) daemon.Kill();
        Assert.True(File.Exists(folder + "/state/containerd.sock"));
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder)) daemon.Ctr("version").Succeeds();
        File.WriteAllText(folder + "/state/containerd.sock", "precious");

        Run(DaemonUnderTest.Command(folder)).Fails("a file that is no socket");
        Assert.Equal("precious", File.ReadAllText(folder + "/state/containerd.sock"));
    }

    [DaemonFact]
    public void SIGTERM_ends_it_cleanly()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        daemon.Ctr("namespaces", "create", "kept").Succeeds();

        CommandResult end = daemon.Stop().Succeeds();

        Assert.False(File.Exists(daemon.Address));
        Assert.EndsWith("level=info msg=\"keelsond stops\"\n", end.Stderr, StringComparison.Ordinal);
    }

    [DaemonFact]
    public void What_was_answered_outlives_a_kill()
    {
        string folder = TestDirectory.Make("keelsond");
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
        {
            daemon.Ctr("namespaces", "create", "kept", "a=b").Succeeds();
            daemon.CtrWithInput("hello\n", "content", "ingest", "ref").Succeeds();
            daemon.Kill();
        }
        using DaemonUnderTest again = DaemonUnderTest.Start(folder);

        Assert.Contains("a=b", again.Ctr("namespaces", "ls").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Equal("hello\n", again.Ctr("content", "get", again.Ctr("content", "ls", "-q").Succeeds().Text).Succeeds().Stdout);
    }

    [DaemonFact]
    public void The_log_is_json_with_the_values_of_each_message()
    {
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(null, "--log-format", "json"))
        {
            Condition.Await("the first line", () => daemon.Log.Contains("serves", StringComparison.Ordinal));
            Assert.StartsWith("{\"level\":\"info\",\"msg\":\"keelsond 0.1.0 serves " + daemon.Address, daemon.Log, StringComparison.Ordinal);
            Assert.Contains($"\"fields\":{{\"version\":\"0.1.0\",\"address\":\"{daemon.Address}\",\"docker_address\":", daemon.Log, StringComparison.Ordinal);
        }
    }

    [DaemonTheory]
    [InlineData("$(stat --dereference --format %d:%i /proc/self/fd/2)", "<6>level=info msg=\"keelsond")]
    // systemd started somebody, who started the daemon with an output of its own.
    [InlineData("8:1", "time=\"")]
    public void The_log_has_priorities_where_standard_error_is_the_journal(string stream, string beginning)
    {
        string folder = TestDirectory.Make("keelsond");
        using ChildProcess daemon = ChildProcess.Start(["sh", "-c", $"JOURNAL_STREAM={stream} exec \"$@\"", "sh", Repository.PublishedDaemon, .. DaemonUnderTest.Command(folder)]);
        Condition.Await("the first line", () => daemon.Stderr.Contains("serves", StringComparison.Ordinal));

        Assert.StartsWith(beginning, daemon.Stderr, StringComparison.Ordinal);

        daemon.Signal(Signals.SIGTERM);
        daemon.WaitForEnd().Succeeds();
        TestDirectory.Remove(folder);
    }

    [DaemonFact]
    public async Task Garbage_is_collected_when_the_thresholds_of_the_configuration_say_so()
    {
        string folder = TestDirectory.Make("keelsond");
        File.WriteAllText(folder + "/gc.toml", "[plugins.\"io.containerd.gc.v1.scheduler\"]\ndeletion_threshold = 1\n");
        using DaemonUnderTest daemon = DaemonUnderTest.Start(folder, "--config", folder + "/gc.toml");
        V1.Content.ContentClient client = new(daemon.Channel);
        daemon.Ctr("leases", "create", "--id", "held").Succeeds();
        using (var write = client.Write(DaemonUnderTest.In("default", "held")))
        {
            await write.RequestStream.WriteAsync(new() { Action = V1.WriteAction.Commit, Ref = "r", Data = Google.Protobuf.ByteString.CopyFromUtf8("abc") });
            Assert.True(await write.ResponseStream.MoveNext(default));
        }
        Assert.Single(Directory.GetFiles(daemon.Root + "/store/blobs/sha256"));

        daemon.Ctr("leases", "rm", "held").Succeeds();

        Condition.Await("the collection", () => Directory.GetFiles(daemon.Root + "/store/blobs/sha256").Length == 0);
    }

    [DaemonFact]
    public void A_part_that_is_unknown_is_warned_of_and_an_unknown_key_is_refused()
    {
        string folder = TestDirectory.Make("keelsond");
        File.WriteAllText(folder + "/cri.toml", "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"x\"\n");
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder, "--config", folder + "/cri.toml"))
            Assert.Contains("line 2: plugins.io.containerd.grpc.v1.cri: there is no such part", daemon.Log, StringComparison.Ordinal);
        File.WriteAllText(folder + "/bad.toml", "version = 2\n[grpc]\n\nadress = \"/x\"\n");

        Run(["--config", folder + "/bad.toml", .. DaemonUnderTest.Command(folder)]).Fails("bad.toml: line 4: grpc.adress: the key is unknown");
    }

    private static uint Mode(string path)
    {
        Files.TryStatus(path, out FileStatus status).ThrowIfError("stat", path);
        return status.Mode & 0xfff;
    }
}
