namespace Keelson.DockerApi.Tests;

/// <summary>A daemon that does not leave its containers alone when it stops.</summary>
public sealed class StoppingDaemon() : DaemonWithClients(isNetworked: false, _ => """
    version = 2
    [docker]
    live_restore = false
    """);

/// <summary>The key <c>live_restore</c>, docker's <c>live-restore</c>.</summary>
public sealed class LiveRestoreTests(StoppingDaemon daemon) : IClassFixture<StoppingDaemon>
{
    [ClientFact]
    public void Without_it_containers_end_with_the_daemon_and_start_with_it()
    {
        string client = DaemonWithClients.Clients[0];
        Assert.Equal("false", daemon.Docker(client, "info", "--format", "{{.LiveRestoreEnabled}}").Succeeds().Text);
        foreach (string policy in (string[])["no", "always"])
            daemon.Run(client, "--detach", "--name", policy, "--restart", policy, "busybox", "sh", "-c", "trap 'echo ended; exit 0' TERM; echo started; while :; do sleep 0.1; done").Succeeds();
        foreach (string policy in (string[])["no", "always"]) Condition.Await("its trap is set", () => daemon.Docker(client, "logs", policy).Text == "started");
        string Describe(string name) => daemon.Docker(client, "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", name).Succeeds().Text;

        daemon.StopAndStart();

        Assert.Equal("exited 0", Describe("no"));
        Assert.Equal("started\nended", daemon.Docker(client, "logs", "no").Text);
        Condition.Await("the restart", () => Describe("always") == "running 0");
        Condition.Await("its output", () => daemon.Docker(client, "logs", "always").Text == "started\nended\nstarted");
    }
}
