using System.Diagnostics;

namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: pause, kill, stop, restart, wait, attach, logs.</summary>
public abstract class DockerLifecycleTests(DockerdFixture docker)
{
    private const string Trapping = "trap 'echo usr1' USR1; trap 'echo term; exit 5' TERM; echo ready; while :; do sleep 0.05; done";

    [DockerFact]
    public async Task Pause_freezes_the_container_and_unpause_thaws_it()
    {
        await using EngineContainer container = await docker.StartShellAsync([], Trapping);
        await container.LogsAsync("ready");
        await container.DoAsync("pause");
        Assert.Equal("paused", await container.InspectAsync("{{.State.Status}}"));
        Assert.Equal("FROZEN", await FreezerAsync(container));
        (await container.ExecAsync("true")).Fails("is paused");
        await container.DoAsync("unpause");
        Assert.Equal("running", await container.InspectAsync("{{.State.Status}}"));
        Assert.Equal("THAWED", await FreezerAsync(container));
        (await container.ExecAsync("true")).Succeeds();
    }

    [DockerFact]
    public async Task A_signal_to_a_paused_container_resumes_it_and_is_delivered()
    {
        await using EngineContainer container = await docker.StartShellAsync([], Trapping);
        await container.LogsAsync("ready");
        await container.DoAsync("pause");
        await container.DoAsync("kill", "--signal", "USR1");
        await container.LogsAsync("ready\nusr1");
        await container.BecomesAsync("running");
    }

    private async Task<string> FreezerAsync(EngineContainer container) =>
        (await docker.Host.RunAsync("cat", $"/sys/fs/cgroup/freezer/docker/{await container.InspectAsync("{{.Id}}")}/freezer.state")).Succeeds().Text;

    [DockerFact]
    public async Task Kill_sends_a_signal_by_name_and_by_number()
    {
        await using EngineContainer container = await docker.StartShellAsync([], Trapping);
        await container.LogsAsync("ready");
        await container.DoAsync("kill", "--signal", "SIGUSR1");
        await container.LogsAsync("ready\nusr1");
        await container.DoAsync("kill", "--signal", "10");
        await container.LogsAsync("ready\nusr1\nusr1");
        await container.DoAsync("kill", "--signal", "TERM");
        Assert.Equal("5", await container.WaitAsync());
    }

    [DockerFact]
    public async Task Kill_ends_the_container_with_137()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        await container.DoAsync("kill");
        Assert.Equal("137", await container.WaitAsync());
        Assert.Equal("exited false", await container.InspectAsync("{{.State.Status}} {{.State.OOMKilled}}"));
        (await docker.CliAsync("kill", container.Name)).Fails("is not running");
    }

    [DockerFact]
    public async Task Stop_ends_a_container_that_heeds_the_signal()
    {
        await using EngineContainer container = await docker.StartShellAsync([], Trapping);
        await container.LogsAsync("ready");
        await container.DoAsync("stop");
        Assert.Equal("5", await container.InspectAsync("{{.State.ExitCode}}"));
        await container.LogsAsync("ready\nterm");
    }

    [DockerFact]
    public async Task Stop_sends_the_signal_that_run_named()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--stop-signal", "USR2"], "trap 'exit 6' USR2; echo ready; while :; do sleep 0.05; done");
        await container.LogsAsync("ready");
        await container.DoAsync("stop");
        Assert.Equal("6", await container.InspectAsync("{{.State.ExitCode}}"));
    }

    [DockerFact]
    public async Task Stop_kills_a_container_that_does_not_heed_the_signal()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        await container.DoAsync("stop", "--time", "1");
        Assert.Equal("137", await container.InspectAsync("{{.State.ExitCode}}"));
    }

    [DockerFact]
    public async Task Kill_ends_every_process_of_a_container_without_a_pid_namespace()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--pid", "host"], "sleep 4711 & sleep 4711 & exec sleep 4711");
        await Eventually.PrintsAsync("3", () => docker.Host.RunAsync("pgrep", "-cfx", "sleep 4711"));
        await container.DoAsync("kill");
        Assert.Equal("137", await container.WaitAsync());
        await Eventually.PrintsAsync("0", () => docker.Host.RunAsync("pgrep", "-cfx", "sleep 4711"));
    }

    [DockerFact]
    public async Task Restart_runs_the_container_again()
    {
        await using EngineContainer container = await docker.StartShellAsync([], Trapping);
        await container.LogsAsync("ready");
        string before = await container.InspectAsync("{{.State.Pid}}");
        await container.DoAsync("restart");
        await container.LogsAsync("ready\nterm\nready");
        Assert.NotEqual(before, await container.InspectAsync("{{.State.Pid}}"));
    }

    [DockerFact]
    public async Task An_ended_container_is_started_again()
    {
        await using EngineContainer container = await docker.StartShellAsync([], "echo run; exit 3");
        Assert.Equal("3", await container.WaitAsync());
        CommandResult start = (await docker.CliAsync("start", "--attach", container.Name)).Exits(3);
        Assert.Equal("run\n", start.Stdout);
        await container.LogsAsync("run\nrun");
    }

    [DockerFact]
    public async Task A_container_that_fails_is_restarted_as_often_as_its_policy_says()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--restart", "on-failure:2"], "echo run; exit 1");
        await container.BecomesAsync("exited 2 1", "{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}");
        await container.LogsAsync("run\nrun\nrun");
    }

    [DockerFact]
    public async Task A_container_that_is_always_restarted_comes_back_after_its_process_was_killed()
    {
        await using EngineContainer container = await docker.StartIdleAsync("--restart", "always");
        (await docker.Host.RunAsync("kill", "-KILL", await container.InspectAsync("{{.State.Pid}}"))).Succeeds();
        await container.BecomesAsync("running 1", "{{.State.Status}} {{.RestartCount}}");
    }

    [DockerFact]
    public async Task Attach_is_given_the_output_and_the_status()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--interactive"], "read word; echo got $word; read word; exit 4");
        using Process attach = docker.Start("attach", container.Name);
        await attach.StandardInput.WriteAsync("word\n");
        await attach.StandardInput.FlushAsync();
        Assert.Equal("got word", await attach.StandardOutput.ReadLineAsync());
        await attach.StandardInput.WriteAsync("bye\n");
        attach.StandardInput.Close();
        await attach.WaitForExitAsync();
        Assert.Equal(4, attach.ExitCode);
    }

    [DockerFact]
    public async Task Logs_keep_the_two_streams_apart()
    {
        await using EngineContainer container = await docker.StartShellAsync([], "echo out; echo err >&2");
        Assert.Equal("0", await container.WaitAsync());
        CommandResult logs = await container.DoAsync("logs");
        Assert.Equal(("out\n", "err\n"), (logs.Stdout, logs.Stderr));
    }

    [DockerFact]
    public async Task A_megabyte_of_output_arrives_whole()
    {
        CommandResult run = await docker.ShellAsync([], "yes 0123456789abcde | head -n 65536");
        Assert.Equal(1 << 20, run.Succeeds().Stdout.Length);
    }

    [DockerFact]
    public async Task Standard_input_reaches_the_command() =>
        (await docker.PipeAsync("one\ntwo\n", "run", "--rm", "-i", "--network", "none", BusyboxArchive.Image, "wc", "-l")).Prints("2");

    [DockerFact]
    public async Task Top_lists_the_processes()
    {
        await using EngineContainer container = await docker.StartShellAsync([], "sleep 1001 & exec sleep 1002");
        await Eventually.HoldsAsync("both processes in docker top", async () =>
            (await docker.CliAsync("top", container.Name, "-o", "pid,args")).Lines is [_, string first, string second] && first.EndsWith("sleep 1002", StringComparison.Ordinal) && second.EndsWith("sleep 1001", StringComparison.Ordinal));
    }

    [DockerFact]
    public async Task A_created_container_is_removed_without_having_run()
    {
        (await docker.CliAsync("create", "--name", "never", BusyboxArchive.Image)).Succeeds();
        (await docker.CliAsync("rm", "never")).Prints("never");
    }

    [DockerFact]
    public async Task A_health_check_that_succeeds_makes_the_container_healthy()
    {
        await using EngineContainer container = await docker.StartIdleAsync("--health-cmd", "echo fine; test -e /etc/passwd", "--health-interval", "200ms");
        await container.BecomesAsync("healthy", "{{.State.Health.Status}}");
        Assert.StartsWith("0 fine", await container.InspectAsync("{{with index .State.Health.Log 0}}{{.ExitCode}} {{.Output}}{{end}}"), StringComparison.Ordinal);
    }

    [DockerFact]
    public async Task A_health_check_that_fails_makes_the_container_unhealthy()
    {
        await using EngineContainer container = await docker.StartIdleAsync("--health-cmd", "exit 1", "--health-interval", "200ms", "--health-retries", "2");
        await container.BecomesAsync("unhealthy", "{{.State.Health.Status}}");
    }

    [DockerFact]
    public async Task Ten_containers_started_at_once_all_run()
    {
        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 10).Select(number => docker.RunAsync([], "echo", $"{number}")));
        for (int number = 0; number < results.Length; number++) results[number].Prints($"{number}");
    }
}
