using Keelson.Linux.Sys;

namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10 with <c>--live-restore</c>, ended and started again.</summary>
public abstract class DockerLiveRestoreTests(DockerdFixture docker)
{
    [DockerFact]
    public async Task Containers_outlive_a_daemon_that_was_killed_and_are_found_again()
    {
        await using EngineContainer idle = await docker.StartIdleAsync("--memory", "64m");
        await using EngineContainer ending = await docker.StartShellAsync(["--volume", "/run:/outside"], "until test -e /outside/end; do sleep 0.05; done; exit 21");
        string pid = await idle.InspectAsync("{{.State.Pid}}");

        await docker.Daemon.EndAsync(Signals.SIGKILL);
        await docker.Host.WriteAsync("/run/end", "");
        await docker.StartDaemonAsync();

        Assert.Equal($"running {pid}", await idle.InspectAsync("{{.State.Status}} {{.State.Pid}}"));
        (await idle.ExecAsync("echo", "alive")).Prints("alive");
        await idle.DoAsync("update", "--memory", "48m");
        await ending.BecomesAsync("exited 21", "{{.State.Status}} {{.State.ExitCode}}");
        await idle.DoAsync("kill");
        Assert.Equal("137", await idle.WaitAsync());
        await idle.DoAsync("start");
        (await idle.ExecAsync("echo", "again")).Prints("again");
    }

    [DockerFact]
    public async Task Containers_outlive_a_daemon_that_was_stopped()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        string pid = await container.InspectAsync("{{.State.Pid}}");
        await docker.Daemon.EndAsync();
        await docker.StartDaemonAsync();
        Assert.Equal($"running {pid}", await container.InspectAsync("{{.State.Status}} {{.State.Pid}}"));
        await container.DoAsync("stop", "--time", "1");
        Assert.Equal("137", await container.InspectAsync("{{.State.ExitCode}}"));
    }
}
