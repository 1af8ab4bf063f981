using Keelson.Linux.Sys;

namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10 over a keelsond that dies, both ways; and the suite in which dockerd dies.</summary>
public sealed class KeelsondLiveRestoreTests(LiveRestoreKeelsondDockerdFixture docker) : DockerLiveRestoreTests(docker), IClassFixture<LiveRestoreKeelsondDockerdFixture>
{
    [DockerFact]
    public async Task Containers_outlive_a_keelsond_that_was_killed_and_dockerd_finds_it_again()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--volume", "/run:/outside"], "trap 'echo term; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
        await container.LogsAsync("ready");
        string pid = await container.InspectAsync("{{.State.Pid}}");

        await docker.Keelsond.EndAsync(Signals.SIGKILL);
        await docker.StartKeelsondAsync();

        // dockerd connects again by itself, after a while of its own.
        await Eventually.PrintsAsync("alive", () => container.ExecAsync("echo", "alive"));
        Assert.Equal($"running {pid}", await container.InspectAsync("{{.State.Status}} {{.State.Pid}}"));
        await container.DoAsync("pause");
        await container.DoAsync("unpause");
        await container.DoAsync("stop");
        Assert.Equal("exited 7", await container.InspectAsync("{{.State.Status}} {{.State.ExitCode}}"));
        await container.LogsAsync("ready\nterm");
        (await docker.RunAsync([], "echo", "again")).Prints("again");
    }

    [DockerFact]
    public async Task Both_killed_at_once_find_their_containers_again()
    {
        await using EngineContainer idle = await docker.StartIdleAsync();
        await using EngineContainer ending = await docker.StartShellAsync(["--volume", "/run:/outside"], "until test -e /outside/both; do sleep 0.05; done; exit 22");
        string pid = await idle.InspectAsync("{{.State.Pid}}"), endingPid = await ending.InspectAsync("{{.State.Pid}}");

        await docker.Daemon.EndAsync(Signals.SIGKILL);
        await docker.Keelsond.EndAsync(Signals.SIGKILL);
        await docker.Host.WriteAsync("/run/both", "");
        await Eventually.HoldsAsync("the end of the second container", async () => (await docker.Host.RunAsync("test", "-e", $"/proc/{endingPid}/exe")).ExitCode != 0);
        await docker.StartKeelsondAsync();
        await docker.StartDaemonAsync();

        Assert.Equal($"running {pid}", await idle.InspectAsync("{{.State.Status}} {{.State.Pid}}"));
        (await idle.ExecAsync("echo", "alive")).Prints("alive");
        await ending.BecomesAsync("exited 22", "{{.State.Status}} {{.State.ExitCode}}");
        await idle.DoAsync("kill");
        Assert.Equal("137", await idle.WaitAsync());
    }

    [DockerFact]
    public async Task A_container_that_is_always_restarted_comes_back_under_a_keelsond_that_was_restarted()
    {
        await using EngineContainer container = await docker.StartIdleAsync("--restart", "always");
        await docker.Keelsond.EndAsync(Signals.SIGKILL);
        await docker.StartKeelsondAsync();
        await Eventually.PrintsAsync("alive", () => container.ExecAsync("echo", "alive"));

        (await docker.Host.RunAsync("kill", "-KILL", await container.InspectAsync("{{.State.Pid}}"))).Succeeds();

        await container.BecomesAsync("running 1", "{{.State.Status}} {{.RestartCount}}");
    }
}
