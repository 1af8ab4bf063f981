using System.Text.Json;

namespace Keelson.DockerApi.Tests.Access;

/// <summary>Limited sockets, TLS, plug-ins for authorization and the audit log, by docker's own clients on the published daemon.</summary>
public sealed class GuardedDaemonTests : IClassFixture<GuardedDaemon>, IDisposable
{
    private readonly GuardedDaemon daemon;

    public GuardedDaemonTests(GuardedDaemon daemon) => this.daemon = daemon;

    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    public static TheoryData<string> DockersClients => [.. DaemonWithClients.Clients.Where(client => client != Repository.PublishedCli)];

    public void Dispose() => daemon.Plugin.Rule("{}");

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_read_only_socket_shows_and_does_nothing(string docker)
    {
        string name = daemon.NewName();
        daemon.Run(docker, "-d", "--name", name, "-e", "PASSWORD=hunter2", "busybox", "sleep", "1000").Succeeds();
        Assert.Contains(name, daemon.DockerAt(daemon.ReadOnly, docker, null, "ps", "--format", "{{.Names}}").Succeeds().Lines);
        string inspected = daemon.DockerAt(daemon.ReadOnly, docker, null, "inspect", name).Succeeds().Text;
        Assert.True(inspected.Contains("PASSWORD=***", StringComparison.Ordinal) && !inspected.Contains("hunter2", StringComparison.Ordinal));
        daemon.DockerAt(daemon.ReadOnly, docker, null, "rm", "-f", name).Fails("DELETE /containers/{id}", "ro.sock does not allow it");
        daemon.DockerAt(daemon.ReadOnly, docker, null, "logs", name).Fails("hands no content out");
        daemon.DockerAt(daemon.ReadOnly, docker, null, "exec", name, "true").Fails("read-only");
        daemon.DockerAt(daemon.ReadOnly, docker, null, "run", "busybox", "true").Fails("read-only");
        Assert.Equal("true", daemon.Docker(docker, "inspect", "-f", "{{.State.Running}}", name).Text);
        daemon.Docker(docker, "rm", "-f", name).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_socket_with_a_label_is_an_engine_of_its_own(string docker)
    {
        string mine = daemon.NewName(), other = daemon.NewName();
        daemon.Run(docker, "-d", "--name", other, "--label", "team=b", "busybox", "sleep", "1000").Succeeds();
        daemon.DockerAt(daemon.Team, docker, null, "run", "-d", "--network", "none", "--name", mine, "busybox", "sleep", "1000").Succeeds();
        Assert.Equal([mine], daemon.DockerAt(daemon.Team, docker, null, "ps", "-a", "--format", "{{.Names}}").Succeeds().Lines);
        Assert.Equal("a", daemon.Docker(docker, "inspect", "-f", "{{.Config.Labels.team}}", mine).Text);
        Assert.Equal("in", daemon.DockerAt(daemon.Team, docker, null, "exec", mine, "echo", "in").Succeeds().Text);
        daemon.DockerAt(daemon.Team, docker, null, "exec", "--privileged", mine, "true").Fails("Privileged", "team.sock does not allow it");
        daemon.DockerAt(daemon.Team, docker, null, "rm", other).Fails("No such container");
        daemon.DockerAt(daemon.Team, docker, null, "exec", other, "true").Fails("No such container");
        daemon.DockerAt(daemon.Team, docker, null, "run", "--network", "none", "--privileged", "busybox", "true").Fails("Privileged");
        daemon.DockerAt(daemon.Team, docker, null, "run", "--network", "none", "-v", "/:/host", "busybox", "true").Fails("Binds");
        daemon.DockerAt(daemon.Team, docker, null, "run", "--network", "host", "busybox", "true").Fails("NetworkMode");
        daemon.DockerAt(daemon.Team, docker, null, "run", "--network", "container:" + other, "busybox", "true").Fails();
        daemon.DockerAt(daemon.Team, docker, null, "volume", "create", "v").Fails("team=a");
        daemon.DockerAt(daemon.Team, docker, null, "rm", "-f", mine).Succeeds();
        Assert.Equal("true", daemon.Docker(docker, "inspect", "-f", "{{.State.Running}}", other).Text);
        daemon.Docker(docker, "rm", "-f", other).Succeeds();
    }

    [ClientTheory, MemberData(nameof(DockersClients))]
    public void Clients_with_a_certificate_are_served_over_TCP_and_others_are_not(string docker)
    {
        string[] alice = daemon.Tls("alice");
        string name = daemon.NewName();
        daemon.DockerAt(daemon.Tcp, docker, null, [.. alice, "version"]).Succeeds();
        Assert.Equal("out\n", daemon.DockerAt(daemon.Tcp, docker, null, [.. alice, "run", "--rm", "--network", "none", "busybox", "echo", "out"]).Succeeds().Stdout);
        daemon.DockerAt(daemon.Tcp, docker, null, [.. alice, "run", "-d", "--name", name, "--network", "none", "busybox", "sleep", "1000"]).Succeeds();
        Assert.Equal("abc\n", daemon.DockerAt(daemon.Tcp, docker, "abc\n", [.. alice, "exec", "-i", name, "cat"]).Succeeds().Stdout);
        Assert.Equal(3, daemon.DockerAt(daemon.Tcp, docker, null, [.. alice, "exec", name, "sh", "-c", "exit 3"]).ExitCode);
        daemon.DockerAt(daemon.Tcp, docker, null, [.. alice, "rm", "-f", name]).Succeeds();
        JsonElement asked = daemon.Plugin.Notes.Last(note => note.GetProperty("RequestMethod").GetString() == "DELETE");
        Assert.Equal(("alice", "TLS"), (asked.GetProperty("User").GetString(), asked.GetProperty("UserAuthNMethod").GetString()));
        Assert.Contains(File.ReadAllLines(daemon.AuditFile), line => line.Contains("\"CN=alice\"", StringComparison.Ordinal) && line.Contains("\"DELETE\"", StringComparison.Ordinal));
        Assert.NotEqual(0, daemon.DockerAt(daemon.Tcp, docker, null, [.. daemon.Tls("mallory", isStranger: true), "version"]).ExitCode);
        Assert.NotEqual(0, daemon.DockerAt(daemon.Tcp, docker, null, "version").ExitCode);
        Assert.NotEqual(0, daemon.DockerAt(daemon.Tcp, docker, null, [.. alice[..3], "version"]).ExitCode);
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_plug_in_denies_by_body_by_path_and_by_answer(string docker)
    {
        string name = daemon.NewName();
        daemon.Plugin.Rule("""{"body":"\"Privileged\": ?true","uri":"^/v[0-9.]+/containers/[^/]+/pause","response":"topsecret"}""");
        daemon.Run(docker, "--privileged", "busybox", "true").Fails("authorization denied by plugin guard: no body like this");
        daemon.Run(docker, "-d", "--name", name, "-e", "KEY=topsecret", "busybox", "sleep", "1000").Succeeds();
        daemon.Docker(docker, "pause", name).Fails("authorization denied by plugin guard: no uri like this");
        daemon.Docker(docker, "container", "inspect", name).Fails("authorization denied by plugin guard: no response like this");
        daemon.Plugin.Rule("{}");
        Assert.Equal("in\n", daemon.DockerWithInput(docker, "in\n", "exec", "-i", name, "cat").Succeeds().Stdout);
        daemon.Docker(docker, "rm", "-f", name).Succeeds();
    }

    [ClientFact]
    public void The_audit_log_says_who_ran_what()
    {
        string docker = DaemonWithClients.Clients[0], name = daemon.NewName();
        daemon.Run(docker, "-d", "--name", name, "busybox", "sleep", "1000").Succeeds();
        string id = daemon.Docker(docker, "inspect", "-f", "{{.Id}}", name).Text;
        daemon.Docker(docker, "exec", "-e", "TOKEN=hunter2", name, "echo", "who-ran-me").Succeeds();
        daemon.Docker(docker, "rm", "-f", name).Succeeds();
        string[] lines = File.ReadAllLines(daemon.AuditFile);
        JsonElement[] runs = [.. lines.Where(line => line.Contains("who-ran-me", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([201, 101], runs.Select(run => run.GetProperty("status").GetInt32()));
        Assert.All(runs, run => Assert.Equal((id, 0u), (run.GetProperty("container").GetString(), run.GetProperty("uid").GetUInt32())));
        Assert.DoesNotContain(lines, line => line.Contains("hunter2", StringComparison.Ordinal));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(daemon.AuditFile));
    }
}
