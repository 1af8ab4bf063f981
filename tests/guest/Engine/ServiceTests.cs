using System.Globalization;
using Keelson.Guest.Support;

namespace Keelson.Guest.Engine;

/// <summary>The installed engine as a service of systemd: containers do not end with it. Rows D8, I7.</summary>
[Collection(InstalledEngineCollection.Name)]
public sealed class ServiceTests(InstalledEngine engine) : IClassFixture<InstalledEngine>
{
    private const string Service = "keelsond.service", Socket = "keelsond.socket";

    [SystemdV2Fact]
    public void After_the_installation_it_is_enabled_and_runs_containers()
    {
        engine.Import();
        foreach (string unit in (string[])[Service, Socket])
        {
            Assert.Equal("enabled", InstalledEngine.Show(unit, "UnitFileState"));
            Assert.Equal("active", InstalledEngine.Show(unit, "ActiveState"));
        }
        engine.Docker("run", "--rm", "box", "true").Succeeds();
        Assert.Contains("inet 172.", engine.Docker("run", "--rm", "box", "ip", "address", "show", "eth0").Succeeds().Stdout, StringComparison.Ordinal);
    }

    [SystemdV2Fact]
    public void Containers_run_on_and_are_heard_when_the_service_is_restarted()
    {
        engine.StartCounter("restarted");
        string before = engine.Identity("restarted");
        Machine.Run("systemctl", "restart", Service).Succeeds();
        Assert.Equal(before, engine.Identity("restarted"));
        engine.AwaitMore("restarted", engine.Count("restarted"));
        AssertWhole("restarted");
    }

    [SystemdV2Fact]
    public void Containers_run_on_and_are_heard_when_the_daemon_is_killed()
    {
        engine.StartCounter("killed");
        string before = engine.Identity("killed"), daemon = InstalledEngine.Show(Service, "MainPID");
        Machine.Run("kill", "-KILL", daemon).Succeeds();
        // The socket is systemd's: this client waits for the next daemon.
        Assert.Equal(before, engine.Identity("killed"));
        Assert.NotEqual(daemon, InstalledEngine.Show(Service, "MainPID"));
        engine.AwaitMore("killed", engine.Count("killed"));
        AssertWhole("killed");
    }

    [SystemdV2Fact]
    public void The_next_client_starts_a_service_that_was_stopped()
    {
        engine.StartCounter("served");
        string before = engine.Identity("served");
        Machine.Run("systemctl", "stop", Service).Succeeds();
        Assert.Equal("inactive", InstalledEngine.Show(Service, "ActiveState"));
        Assert.Equal(before, engine.Identity("served"));
        Assert.Equal("active", InstalledEngine.Show(Service, "ActiveState"));
    }

    [SystemdV2Fact]
    public void A_container_is_a_scope_with_its_limits_in_the_slice_that_it_names()
    {
        engine.Import();
        Assert.Equal("systemd 2", engine.Docker("info", "--format", "{{.CgroupDriver}} {{.CgroupVersion}}").Succeeds().Text);
        foreach ((string name, string[] words, string slice) in ((string, string[], string)[])[("plain", [], "system.slice"), ("sliced", ["--cgroup-parent", "kt-pods.slice"], "kt-pods.slice")])
        {
            engine.Docker(["run", "--detach", "--name", name, "--memory", "64m", "--cpus", "0.5", "--pids-limit", "50", .. words, "box", "sleep", "10000"]).Succeeds();
            string scope = $"keelson-{engine.Docker("inspect", "--format", "{{.Id}}", name).Succeeds().Text}.scope";
            string Property(string property) => InstalledEngine.Show(scope, property);
            Assert.Equal(("active", slice, "67108864", "500ms", "50"), (Property("ActiveState"), Property("Slice"), Property("MemoryMax"), Property("CPUQuotaPerSecUSec"), Property("TasksMax")));
            string group = "/sys/fs/cgroup" + Property("ControlGroup");
            Assert.Equal("67108864", File.ReadAllText(group + "/memory.max").Trim());

            engine.Docker("update", "--memory", "96m", "--memory-swap", "96m", name).Succeeds();
            Assert.Equal(("100663296", "100663296"), (Property("MemoryMax"), File.ReadAllText(group + "/memory.max").Trim()));
            // systemd does not take its own limits back when it looks at its units again.
            Machine.Run("systemctl", "daemon-reload").Succeeds();
            Assert.Equal("100663296", File.ReadAllText(group + "/memory.max").Trim());
            Assert.Equal("0::/", engine.Docker("exec", name, "cat", "/proc/self/cgroup").Succeeds().Text);
            Assert.Contains("96MiB", engine.Docker("stats", "--no-stream", "--format", "{{.MemUsage}}", name).Succeeds().Text, StringComparison.Ordinal);

            engine.Docker("rm", "--force", name).Succeeds();
            Condition.Await("the end of the scope", () => InstalledEngine.Show(scope, "LoadState") == "not-found" && !Directory.Exists(group), Machine.Patience);
        }
        engine.Docker("run", "--rm", "--cgroup-parent", "/pods", "box", "true").Fails("cgroup parent '/pods'", "has to be a slice");
    }

    [SystemdV2Fact]
    public void The_journal_has_no_errors_of_the_daemon()
    {
        engine.StartCounter("quiet");
        engine.Docker("rm", "--force", "quiet").Succeeds();
        string[] lines = Machine.Run("journalctl", "--no-pager", "--output", "cat", "--unit", Service, "_COMM=keelsond").Succeeds().Lines;
        Assert.Contains(lines, line => line.Contains("serves", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Contains("level=info", line, StringComparison.Ordinal));
    }

    /// <summary>No number is missing or there twice.</summary>
    private void AssertWhole(string name)
    {
        string[] lines = engine.Docker("logs", name).Succeeds().Lines;
        Assert.Equal(Enumerable.Range(1, lines.Length).Select(number => number.ToString(CultureInfo.InvariantCulture)), lines);
    }
}
