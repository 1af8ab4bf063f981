using Keelson.Content;
using Keelson.Daemon.Configuration;

namespace Keelson.Api.Tests;

/// <summary>The configuration file.</summary>
public class ConfigTests
{
    [Fact]
    public void Every_key_is_read()
    {
        DaemonConfig config = DaemonConfig.Parse("c", """
            # a comment
            version = 2
            root = "/r\u0041"      # one more
            state = '/s\n'
            [grpc]
              address = "/a"
              uid = 1_000
              gid = 0x10
              max_recv_message_size = 0o100
              max_send_message_size = 0b101
            [debug]
              level = "debug"
              format = "json"
            [metrics]
              address = "127.0.0.1:1338"
              grpc_histogram = true
            [plugins]
              [plugins."io.containerd.gc.v1.scheduler"]
                pause_threshold = 0.25
                deletion_threshold = 1
                mutation_threshold = 2
                schedule_delay = "1m30s"
                startup_delay = "1.5ms"
              [plugins.'io.containerd.metadata.v1.bolt']
                content_sharing_policy = "isolated"
            """);

        Assert.Equal(("/rA", @"/s\n", "/a", 1000u, 16u, 64, 5), (config.Root, config.State, config.Address, config.Uid, config.Gid, config.Api.ReceiveLimitBytes, config.Api.SendLimitBytes));
        Assert.Equal(("127.0.0.1:1338", true), (config.MetricsAddress, config.HasCallHistograms));
        Assert.Equal(("debug", "json", SharingPolicy.Isolated), (config.LogLevel, config.LogFormat, config.Sharing));
        Assert.Equal(new GarbageSchedulerOptions { PauseThreshold = 0.25, DeletionThreshold = 1, MutationThreshold = 2, ScheduleDelay = TimeSpan.FromSeconds(90), StartupDelay = TimeSpan.FromMilliseconds(1.5) }, config.Garbage);
        Assert.Empty(config.Warnings);
    }

    [Fact]
    public void Dotted_keys_arrays_and_inline_tables_are_values_too()
    {
        DaemonConfig config = DaemonConfig.Parse("c", """
            grpc.address = "/a"
            grpc.uid = 5
            debug = { level = "warn", format = "" }
            plugins.other = { list = [1, 2.5,
              [true, "x",], # nested
            ], table = {} }
            """);

        Assert.Equal(("/a", 5u, "warn"), (config.Address, config.Uid, config.LogLevel));
        Assert.Equal("configuration c: line 4: plugins.other: there is no such part, it is passed over", Assert.Single(config.Warnings));
    }

    [Theory]
    [InlineData("version = 1", "line 1: version: only version 2 is read")]
    [InlineData("\nrot = 1", "line 2: rot: the key is unknown")]
    [InlineData("root = 1", "line 1: root: expected a string")]
    [InlineData("grpc = 1", "line 1: grpc: expected a table")]
    [InlineData("[grpc]\nuid = -1", "line 2: grpc.uid: expected an integer from 0 to")]
    [InlineData("[grpc]\nuid = \"1\"", "line 2: grpc.uid: expected an integer from 0 to")]
    [InlineData("[plugins.'io.containerd.gc.v1.scheduler']\npause_threshold = 0.6", "line 2: plugins.io.containerd.gc.v1.scheduler.pause_threshold: expected a number from 0 to 0.5")]
    [InlineData("[plugins.'io.containerd.gc.v1.scheduler']\nstartup_delay = \"5 days\"", "line 2: plugins.io.containerd.gc.v1.scheduler.startup_delay: '5 days' is no duration")]
    [InlineData("[plugins.'io.containerd.gc.v1.scheduler']\npause = 1", "line 2: plugins.io.containerd.gc.v1.scheduler.pause: the key is unknown")]
    [InlineData("[plugins.'io.containerd.metadata.v1.bolt']\ncontent_sharing_policy = \"open\"", "'open' is neither shared nor isolated")]
    [InlineData("[proxy_plugins.a]\ntype = \"other\"\naddress = \"/a\"", "line 2: proxy_plugins.a.type: 'other' is neither snapshot nor diff nor content")]
    [InlineData("[proxy_plugins.a]\ntype = \"content\"\naddress = \"/a\"\n[proxy_plugins.b]\ntype = \"content\"\naddress = \"/b\"", "line 5: proxy_plugins.b.type: there is another proxy for content")]
    [InlineData("root = \"/a\nstate = 1", "line 1: a string does not end")]
    [InlineData("root = \"\\q\"", "line 1: a string has an unknown escape")]
    [InlineData("root = \"/a\" x", "line 1: expected the end of the line")]
    [InlineData("root = \"/a\"\nroot = \"/b\"", "line 2: 'root' is there already")]
    [InlineData("[grpc]\n[grpc]", "line 2: the table is there already")]
    [InlineData("grpc = {}\n[grpc]", "line 2: 'grpc' is there already")]
    [InlineData("[[grpc]]", "line 1: grpc: expected a table")]
    [InlineData("[[x]\n", "line 1: expected ]]")]
    [InlineData("[x]\n[[x]]", "line 2: 'x' is there already and is no array of tables")]
    [InlineData("x = []\n[[x]]", "line 2: 'x' is there already and is no array of tables")]
    [InlineData("[[x]]\n[x]", "line 2: the table is there already")]
    [InlineData("[[x]]\na = 1\n[x.y]\n[[x]]\n[x.y]\n[x.y]", "line 6: the table is there already")]
    [InlineData("root = \"\"\"x\"\"\"", "line 1: strings of several lines are not read")]
    [InlineData("root = 1979-05-27", "line 1: '1979-05-27' is no string, number or boolean")]
    [InlineData("root =", "line 1: expected a value")]
    [InlineData("= 1", "line 1: expected a key")]
    [InlineData("root", "line 1: expected '='")]
    [InlineData("x = [1, 2", "line 1: expected ']'")]
    public void A_fault_names_line_and_key(string text, string message)
    {
        KeelsonException error = Assert.Throws<KeelsonException>(() => DaemonConfig.Parse("c.toml", text));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.StartsWith("read configuration c.toml: line ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
