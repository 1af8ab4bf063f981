using System.Globalization;
using System.Text.RegularExpressions;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Api.Tests;

/// <summary>Metrics: read with curl and by Prometheus itself, judged by its promtool, and compared with containerd's.</summary>
public partial class MetricsTests
{
    private const string LimitBytes = "67108864";

    [DaemonFact]
    public void Figures_of_a_container_have_containerds_names_and_labels_whatever_its_shim()
    {
        string address = Loopback.Next(), reference = Loopback.Next();
        using DaemonUnderTest ours = Serving(address), theirs = DaemonUnderTest.StartReference($"[metrics]\naddress = \"{reference}\"");
        foreach ((DaemonUnderTest daemon, string runtime, string id) in (ReadOnlySpan<(DaemonUnderTest, string, string)>)[(theirs, TestContainers.Runc, "box"), (ours, TestContainers.Runc, "box"), (ours, TestContainers.Own, "own")])
            TestContainers.Sleep(daemon, runtime, id, "--memory-limit", LimitBytes);

        string expected = ScrapeOf(reference, "box"), seen = ScrapeOf(address, "box", "own");

        Assert.Equal(Shapes(expected, "box"), Shapes(seen, "box"));
        Assert.Equal(Shapes(expected, "box"), Shapes(seen, "own"));
        Assert.NotEmpty(Shapes(seen, "own"));
        Assert.Equal((double.Parse(LimitBytes, CultureInfo.InvariantCulture), 1), (Value(seen, "container_memory_usage_limit_bytes", "container_id=\"own\""), Value(seen, "container_pids_current", "container_id=\"own\"")));
        Assert.Equal(Types(expected), Types(seen));
        foreach (DaemonUnderTest daemon in (ReadOnlySpan<DaemonUnderTest>)[ours, theirs]) TestContainers.RemoveAll(daemon);
    }

    [DaemonTheory]
    [InlineData(TestContainers.Runc)]
    [InlineData(TestContainers.Own)]
    public void Memory_that_was_out_is_counted(string runtime)
    {
        string address = Loopback.Next();
        using DaemonUnderTest daemon = Serving(address);
        // What grows without end is killed, and its parent goes on.
        daemon.CtrHere(TestContainers.Run(runtime, ["--detach", "--memory-limit", "16777216"], "greedy", "sh", "-c", "tail /dev/zero; tail /dev/zero; exec sleep 1000")).Succeeds();
        TestContainers.Sleep(daemon, runtime, "modest");

        string seen = "";
        Condition.Await("two processes are killed: " + seen, () => Value(seen = ScrapeOf(address, "greedy", "modest"), Oom, "container_id=\"greedy\"") >= 2, TimeSpan.FromSeconds(60));

        Assert.Equal(0, Value(seen, Oom, "container_id=\"modest\""));
        TestContainers.RemoveAll(daemon);
    }

    [DaemonFact]
    public void Promtool_finds_nothing_wrong_but_containerds_names()
    {
        string address = Loopback.Next();
        using DaemonUnderTest daemon = Serving(address, "grpc_histogram = true");
        TestContainers.Sleep(daemon, TestContainers.Own, "box");

        CommandResult check = ChildProcess.Run(["promtool", "check", "metrics"], new() { Input = ScrapeOf(address, "box") });

        // 3: it would call something otherwise. 1: it cannot read it.
        Assert.True(check.ExitCode is 0 or 3, check.ToString());
        Assert.All((check.Stdout + check.Stderr).Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("container_", line, StringComparison.Ordinal));
        TestContainers.RemoveAll(daemon);
    }

    [DaemonFact]
    public void Prometheus_scrapes_them_as_OpenMetrics()
    {
        string address = Loopback.Next(), server = Loopback.Next(), folder = TestDirectory.Make("prometheus");
        using DaemonUnderTest daemon = Serving(address, "grpc_histogram = true");
        TestContainers.Sleep(daemon, TestContainers.Own, "box", "--memory-limit", LimitBytes);
        File.WriteAllText(folder + "/prometheus.yml", $$"""
            global: { scrape_interval: 1s }
            scrape_configs: [{ job_name: keelson, metrics_path: /v1/metrics, static_configs: [{ targets: ["{{address}}"] }] }]
            """);
        using ChildProcess prometheus = ChildProcess.Start(["prometheus", "--config.file", folder + "/prometheus.yml", "--storage.tsdb.path", folder + "/data", "--web.listen-address", server]);

        string Query(string query) => ChildProcess.Run(["curl", "--silent", "--get", "--data-urlencode", "query=" + query, $"http://{server}/api/v1/query"]).Stdout;
        Condition.Await("Prometheus' figures: " + prometheus.Stderr, () => Query("container_memory_usage_limit_bytes{container_id=\"box\"}").Contains($"\"{LimitBytes}\"", StringComparison.Ordinal), TimeSpan.FromSeconds(60));

        // It asks for OpenMetrics first, and refuses all of a text that has one fault.
        Assert.Contains("\"1\"", Query("up{job=\"keelson\"}"), StringComparison.Ordinal);
        prometheus.Signal(Signals.SIGTERM);
        prometheus.WaitForEnd();
        TestContainers.RemoveAll(daemon);
        TestDirectory.Remove(folder);
    }

    [DaemonFact]
    public void A_shim_that_hangs_delays_a_scrape_by_its_limit_and_is_left_out()
    {
        string address = Loopback.Next();
        using DaemonUnderTest daemon = Serving(address);
        TestContainers.Sleep(daemon, TestContainers.Runc, "moves");
        TestContainers.Sleep(daemon, TestContainers.Own, "hangs");
        int shim = TestContainers.Processes($"containerd-shim-keelson-v2 -namespace {daemon.Space}")[0];
        Processes.TryKill(shim, Signals.SIGSTOP).ThrowIfError("stop", "shim");

        string first = ScrapeOf(address, "moves"), second = ScrapeOf(address, "moves");

        Assert.Equal((1, 2), (Value(second, "keelson_scrape_tasks_omitted"), Value(second, "keelson_tasks_running")));
        double Late(string metrics) => Value(metrics, "keelson_scrape_omissions_total", "reason=\"late\"");
        Assert.True(Late(first) >= 1 && Late(second) > Late(first), second);
        Processes.TryKill(shim, Signals.SIGCONT).ThrowIfError("continue", "shim");
        ScrapeOf(address, "hangs", "moves");
        TestContainers.RemoveAll(daemon);
    }

    [DaemonFact]
    public void Calls_are_counted_by_method_and_status()
    {
        string address = Loopback.Next();
        using DaemonUnderTest daemon = Serving(address, "grpc_histogram = true");
        string before = Scrape(address);
        daemon.CtrHere("version").Succeeds();
        daemon.CtrHere("containers", "info", "none").Fails("not found");

        string after = Scrape(address);

        double Grown(string name, string labels) => Value(after, name, labels) - Value(before, name, labels);
        const string Method = "grpc_method=\"Version\",grpc_service=\"containerd.services.version.v1.Version\",grpc_type=\"unary\"";
        Assert.Equal((1, 1, 1, 1), (Grown("grpc_server_started_total", Method), Grown("grpc_server_handled_total", "grpc_code=\"OK\"," + Method), Grown("grpc_server_msg_received_total", Method), Grown("grpc_server_msg_sent_total", Method)));
        Assert.Equal(1, Value(after, "grpc_server_handled_total", "grpc_code=\"NotFound\",grpc_method=\"Get\",grpc_service=\"containerd.services.containers.v1.Containers\""));
        Assert.Equal(Value(after, "grpc_server_handling_seconds_count", Method), Value(after, "grpc_server_handling_seconds_bucket", Method + ",le=\"+Inf\""));
    }

    [DaemonFact]
    public async Task Images_content_and_snapshots_are_counted_as_ctr_counts_them()
    {
        string address = Loopback.Next();
        using DaemonUnderTest daemon = Serving(address);
        await BusyboxArchive.WriteAsync(daemon.Folder + "/busybox.tar");
        daemon.CtrHere("images", "import", daemon.Folder + "/busybox.tar").Succeeds();
        string[] usage = daemon.CtrHere("snapshots", "usage", "-b").Succeeds().Lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] blobs = daemon.CtrHere("content", "ls", "-q").Succeeds().Lines;

        string seen = Scrape(address);

        string space = $"namespace=\"{daemon.Space}\"";
        Assert.Equal((1, blobs.Length), (Value(seen, "keelson_images", space), Value(seen, "keelson_content_blobs", space)));
        Assert.Equal(blobs.Sum(digest => new FileInfo($"{daemon.Root}/store/blobs/sha256/{digest.Split(':')[1]}").Length), Value(seen, "keelson_content_bytes", space));
        Assert.Equal((usage[1], usage[2]), (Text(Value(seen, "keelson_snapshot_bytes", space)), Text(Value(seen, "keelson_snapshot_inodes", space))));
        Assert.Equal(1, Value(seen, "keelson_snapshots", space, "kind=\"committed\""));
    }

    [DaemonFact]
    public void Only_a_GET_of_the_path_is_answered_in_the_format_that_is_asked_for()
    {
        string folder = TestDirectory.Make("metrics");
        using DaemonUnderTest daemon = Serving($"unix://{folder}/metrics.sock");
        string Head(params string[] options) => ChildProcess.Run(["curl", "--silent", "--show-error", "--dump-header", "-", "--output", "/dev/null", "--unix-socket", folder + "/metrics.sock", .. options]).Succeeds().Stdout;

        Assert.Contains("Content-Type: text/plain; version=0.0.4; charset=utf-8", Head("http://localhost/v1/metrics"), StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8", Head("--header", "Accept: text/plain;q=0.3,application/openmetrics-text;version=1.0.0;q=0.5", "http://localhost/v1/metrics"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", Head("--head", "http://localhost/v1/metrics"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", Head("http://localhost/metrics"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 405", Head("--data", "x", "http://localhost/v1/metrics"), StringComparison.Ordinal);
        daemon.Stop();
        Assert.False(File.Exists(folder + "/metrics.sock"));
        TestDirectory.Remove(folder);
    }

    [DaemonTheory]
    [InlineData("localhost", "metrics.address is neither a path nor an address with a port")]
    [InlineData("127.0.0.1", "metrics.address is neither a path nor an address with a port")]
    [InlineData("/proc/metrics.sock", "listen /proc/metrics.sock")]
    public void An_address_that_cannot_be_listened_at_ends_the_daemon(string address, string message)
    {
        string folder = TestDirectory.Make("keelsond");
        File.WriteAllText(folder + "/config.toml", $"[metrics]\naddress = \"{address}\"\n");

        ChildProcess.Run([Repository.PublishedDaemon, "--config", folder + "/config.toml", .. DaemonUnderTest.Command(folder)]).Fails(message);

        TestDirectory.Remove(folder);
    }

    /// <summary>containerd 1.6 has this family for cgroup v2 and for tasks without a shim of the second version, so not here.</summary>
    private const string Oom = "container_memory_oom_total";

    private static DaemonUnderTest Serving(string address, string more = "")
    {
        DaemonUnderTest daemon = DaemonUnderTest.StartConfigured($"[metrics]\naddress = \"{address}\"\n{more}\n");
        Condition.Await("the daemon's metrics: " + daemon.Log, () => daemon.Log.Contains("metrics are at " + address, StringComparison.Ordinal));
        return daemon;
    }

    private static string Scrape(string address) => ChildProcess.Run(["curl", "--silent", "--show-error", "--fail", "--retry", "20", "--retry-delay", "1", "--retry-connrefused", $"http://{address}/v1/metrics"]).Succeeds().Stdout;

    /// <summary>The metrics with these containers and no other. On a busy machine a shim may miss a scrape.</summary>
    private static string ScrapeOf(string address, params string[] containers)
    {
        string metrics = "";
        Condition.Await("figures of " + string.Join(", ", containers), () => Containers(metrics = Scrape(address)).SequenceEqual(containers), TimeSpan.FromSeconds(60));
        return metrics;
    }

    /// <summary>Names and names of labels of a container's figures. Input and output come and go with the cache of the machine.</summary>
    private static string[] Shapes(string metrics, string container) =>
    [
        .. metrics.Split('\n').Where(line => line.StartsWith("container_", StringComparison.Ordinal) && line.Contains($"container_id=\"{container}\"", StringComparison.Ordinal) && !line.StartsWith("container_blkio", StringComparison.Ordinal) && !line.StartsWith(Oom, StringComparison.Ordinal))
            .Select(line => line[..line.IndexOf('{', StringComparison.Ordinal)] + string.Concat(LabelNames().Matches(line).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal).Select(name => " " + name))).Distinct().Order(StringComparer.Ordinal),
    ];

    private static string[] Types(string metrics) =>
        [.. metrics.Split('\n').Where(line => line.StartsWith("# TYPE container_", StringComparison.Ordinal) && !line.Contains("blkio", StringComparison.Ordinal) && !line.Contains(Oom, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static string[] Containers(string metrics) =>
        [.. ContainerIds().Matches(metrics).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>A figure by its name and some of its labels.</summary>
    private static double Value(string metrics, string name, params string[] labels)
    {
        string line = Assert.Single(metrics.Split('\n'), line => (line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal)) && labels.All(label => line.Contains(label, StringComparison.Ordinal)));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("([a-z_]+)=\"")]
    private static partial Regex LabelNames();

    [GeneratedRegex("container_pids_current{container_id=\"([^\"]+)\"")]
    private static partial Regex ContainerIds();
}
