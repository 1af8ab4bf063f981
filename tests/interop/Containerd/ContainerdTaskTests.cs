namespace Keelson.Interop.Tests;

/// <summary>containerd 1.6: tasks in the background, and what <c>ctr task</c> does with them.</summary>
[Collection<ContainerdCollection>]
public class ContainerdTaskTests(ContainerdFixture containerd)
{
    private Task<CommandResult> CtrAsync(params ReadOnlySpan<string> arguments) => containerd.CtrAsync(arguments);

    [ContainerdFact]
    public async Task A_task_runs_is_killed_and_is_deleted()
    {
        string name = await containerd.StartAsync([], "sleep", "1000");
        Assert.Equal("RUNNING", await containerd.StatusAsync(name));
        (await CtrAsync("task", "kill", "--signal", "KILL", name)).Succeeds();
        await Eventually.HoldsAsync("the task stops", async () => await containerd.StatusAsync(name) == "STOPPED");
        Assert.Contains("exit code 137", (await CtrAsync("task", "delete", name)).Succeeds().Stderr);
        (await CtrAsync("container", "delete", name)).Succeeds();
        Assert.Equal("", await containerd.StatusAsync(name));
    }

    [ContainerdFact]
    public async Task A_running_task_is_not_deleted_without_force()
    {
        string name = await containerd.StartAsync([], "sleep", "1000");
        (await CtrAsync("task", "delete", name)).Fails("must be stopped before deletion");
        await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task An_ended_container_is_given_another_task()
    {
        string name = await containerd.StartAsync([], "sh", "-c", "exit 12");
        await Eventually.HoldsAsync("the task stops", async () => await containerd.StatusAsync(name) == "STOPPED");
        Assert.Contains("exit code 12", (await CtrAsync("task", "delete", name)).Succeeds().Stderr);
        (await CtrAsync("task", "start", name)).Exits(12);
        (await CtrAsync("container", "delete", name)).Succeeds();
    }

    [ContainerdFact]
    public async Task Exec_prints_returns_the_status_and_reads_input()
    {
        string name = await containerd.StartAsync([], "sleep", "1000");
        CommandResult exec = (await containerd.ExecAsync(["--exec-id", "a"], name, "echo out; echo err >&2; exit 9")).Exits(9);
        Assert.Equal("out\n", exec.Stdout);
        Assert.StartsWith("err\n", exec.Stderr, StringComparison.Ordinal);
        (await containerd.ExecAsync(["--exec-id", "b", "--cwd", "/var", "--user", "1000"], name, "pwd; id -u")).Prints("/var\n1000");
        await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task An_exec_of_a_command_that_is_not_there_is_reported()
    {
        string name = await containerd.StartAsync([], "sleep", "1000");
        (await CtrAsync("task", "exec", "--exec-id", "a", name, "nowhere")).Fails("executable file not found in $PATH");
        await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task A_detached_exec_is_killed_by_its_id()
    {
        string name = await containerd.StartAsync([], "sleep", "1000");
        (await CtrAsync("task", "exec", "--detach", "--exec-id", "a", name, "sleep", "2000")).Succeeds();
        await Eventually.PrintsAsync("1", () => containerd.Host.RunAsync("pgrep", "-cfx", "sleep 2000"));
        (await CtrAsync("task", "kill", "--exec-id", "a", "--signal", "KILL", name)).Succeeds();
        await Eventually.PrintsAsync("0", () => containerd.Host.RunAsync("pgrep", "-cfx", "sleep 2000"));
        Assert.Equal("RUNNING", await containerd.StatusAsync(name));
        await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task Pause_and_resume_change_the_state()
    {
        string name = await containerd.StartAsync([], "sleep", "1000");
        (await CtrAsync("task", "pause", name)).Succeeds();
        Assert.Equal("PAUSED", await containerd.StatusAsync(name));
        (await CtrAsync("task", "exec", "--exec-id", "a", name, "true")).Fails("paused");
        (await CtrAsync("task", "resume", name)).Succeeds();
        Assert.Equal("RUNNING", await containerd.StatusAsync(name));
        (await containerd.ExecAsync(["--exec-id", "b"], name, "echo thawed")).Prints("thawed");
        await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task A_signal_reaches_the_first_process_alone_or_all_of_them()
    {
        const string Script = "exec 2> /dev/null; trap 'echo parent' USR1; sh -c \"trap 'echo child' USR1; echo ready; while :; do sleep 0.05; done\" & while :; do sleep 0.05; done";
        string name = containerd.NewName();
        (await containerd.Host.RunAsync(ContainerdFixture.RunCommand(["--detach", "--log-uri", "file:///run/signals"], name, "sh", "-c", Script))).Succeeds();
        await LogsAsync("ready");
        (await CtrAsync("task", "kill", "--signal", "USR1", name)).Succeeds();
        await LogsAsync("ready\nparent");
        (await CtrAsync("task", "kill", "--all", "--signal", "USR1", name)).Succeeds();
        await Eventually.PrintsAsync("child\nparent\nparent\nready", () => containerd.Host.RunAsync("sort", "/run/signals"));
        await containerd.RemoveAsync(name);

        Task LogsAsync(string text) => Eventually.PrintsAsync(text, () => containerd.Host.RunAsync("cat", "/run/signals"));
    }

    [ContainerdFact]
    public async Task A_task_that_was_killed_twice_is_not_an_error_that_hides_its_end()
    {
        string name = await containerd.StartAsync([], "true");
        await Eventually.HoldsAsync("the task stops", async () => await containerd.StatusAsync(name) == "STOPPED");
        (await CtrAsync("task", "kill", "--signal", "KILL", name)).Fails("process already finished");
        await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task Ps_lists_the_processes_of_the_task_and_of_an_exec()
    {
        string name = await containerd.StartAsync([], "sleep", "1000");
        (await CtrAsync("task", "exec", "--detach", "--exec-id", "other", name, "sleep", "1000")).Succeeds();
        string[] lines = (await CtrAsync("task", "ps", name)).Succeeds().Lines;
        Assert.Equal(3, lines.Length);
        Assert.Single(lines, line => line.Contains("other", StringComparison.Ordinal));
        await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task Metrics_name_the_memory_and_the_processes()
    {
        string name = await containerd.StartAsync(["--memory-limit", "33554432"], "sleep", "1000");
        CommandResult metrics = (await CtrAsync("task", "metrics", name)).Succeeds();
        Assert.Matches(@"memory\.usage_in_bytes\s+[1-9]", metrics.Stdout);
        Assert.Matches(@"memory\.limit_in_bytes\s+33554432", metrics.Stdout);
        Assert.Matches(@"pids\.current\s+1", metrics.Stdout);
        await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task A_terminal_has_the_size_of_the_callers_and_returns_the_status()
    {
        await using Terminal terminal = Terminal.Start(
            containerd.Host, ContainerdFixture.RunCommand(["--rm", "--tty"], containerd.NewName(), "sh", "-c", "tty; until stty size | grep -q '30 90'; do :; done; stty size; read word; exit $word"), 30, 90);
        await terminal.ExpectAsync("/dev/pts/0");
        await terminal.ExpectAsync("30 90");
        await terminal.TypeAsync("17\r");
        Assert.Equal(17, await terminal.EndAsync());
    }

    [ContainerdFact]
    public async Task A_terminal_of_an_exec_reads_what_is_typed()
    {
        string name = await containerd.StartAsync([], "sleep", "1000");
        await using (Terminal terminal = Terminal.Start(containerd.Host, ContainerdFixture.Command("task", "exec", "--tty", "--exec-id", "a", name, "sh")))
        {
            // What is typed before ctr has taken the terminal over is lost.
            await terminal.ExpectAsync("# ");
            await terminal.TypeAsync("tty; echo $((6*7)) here\r");
            await terminal.ExpectAsync("/dev/pts/0");
            await terminal.ExpectAsync("42 here");
            await terminal.TypeAsync("exit 5\r");
            Assert.Equal(5, await terminal.EndAsync());
        }

        await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task The_task_of_a_shim_that_was_killed_is_ended_and_cleaned_up()
    {
        string name = await containerd.StartAsync(["--cgroup", "/orphan"], "sleep", "3000");
        CommandResult shim = (await containerd.Host.RunAsync("pgrep", "-f", $"containerd-shim-runc-v2 .*-id {name} ")).Succeeds();
        (await containerd.Host.RunAsync("kill", "-KILL", shim.Text)).Succeeds();
        await Eventually.PrintsAsync("0", () => containerd.Host.RunAsync("pgrep", "-cfx", "sleep 3000"));
        await Eventually.HoldsAsync("no task is left", async () => await containerd.StatusAsync(name) == "");
        await Eventually.PrintsAsync("", () => containerd.Host.RunAsync("sh", "-c", "ls -d /sys/fs/cgroup/*/orphan 2> /dev/null"));
        (await CtrAsync("container", "delete", name)).Succeeds();
    }

    [ContainerdFact]
    public async Task Tasks_outlive_a_daemon_that_is_killed_and_started_again()
    {
        string name = await containerd.StartAsync([], "sleep", "1000");
        await containerd.Daemon.EndAsync(Linux.Sys.Signals.SIGKILL);
        await containerd.StartDaemonAsync();
        Assert.Equal("RUNNING", await containerd.StatusAsync(name));
        (await containerd.ExecAsync(["--exec-id", "a"], name, "echo alive")).Prints("alive");
        await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task Ten_tasks_started_at_once_all_run()
    {
        string[] names = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => containerd.StartAsync([], "sleep", "1000")));
        foreach (string name in names)
        {
            Assert.Equal("RUNNING", await containerd.StatusAsync(name));
            await containerd.RemoveAsync(name);
        }
    }
}
