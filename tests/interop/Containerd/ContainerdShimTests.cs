using Keelson.Linux.Sys;

namespace Keelson.Interop.Tests;

/// <summary>containerd 1.6 with our shim and our runtime: <c>ctr run --runtime io.containerd.keelson.v2</c>.</summary>
[Collection<ContainerdCollection>]
public class ContainerdShimTests(ContainerdFixture containerd)
{
    private const string ShimPattern = "containerd-shim-keelson-v2 .*-socket";

    private Task<CommandResult> CtrAsync(params ReadOnlySpan<string> arguments) => containerd.CtrAsync(arguments);

    /// <summary>The script stays for a moment when it is done; <see cref="ContainerdRunTests"/> says why.</summary>
    private Task<CommandResult> ShellAsync(string script) =>
        containerd.Host.RunAsync(ContainerdFixture.ShimCommand(["--rm"], containerd.NewName(), ContainerdFixture.Script(script)));

    private async Task<string> StartAsync(params string[] command)
    {
        string name = containerd.NewName();
        (await containerd.Host.RunAsync(ContainerdFixture.ShimCommand(["--detach"], name, command))).Succeeds();
        return name;
    }

    [ContainerdFact]
    public async Task Run_prints_and_returns_the_status()
    {
        CommandResult run = (await ShellAsync("echo out; echo err >&2; exit 42")).Exits(42);
        Assert.Equal("out\n", run.Stdout);
        Assert.StartsWith("err\n", run.Stderr, StringComparison.Ordinal);
    }

    [ContainerdFact]
    public async Task Run_reads_standard_input() =>
        (await containerd.Host.RunAsync(new HostCommand(ContainerdFixture.ShimCommand(["--rm"], containerd.NewName(), "head", "-n", "2")) { Input = "one\ntwo\n" })).Prints("one\ntwo");

    [ContainerdFact]
    public async Task Thirty_short_containers_print_and_leave_nothing()
    {
        // Shims that other tests killed leave their sockets.
        string sockets = (await containerd.Host.RunAsync("sh", "-c", "ls /run/containerd/s | wc -l")).Text;
        for (int i = 0; i < 30; i++) (await ShellAsync($"echo {i}")).Prints($"{i}");
        await Eventually.PrintsAsync("0", () => containerd.Host.RunAsync("pgrep", "-cf", ShimPattern));
        (await containerd.Host.RunAsync("sh", "-c", "ls /run/containerd/s | wc -l; ls /run/containerd/keelson/default | wc -l; grep -c io.containerd.runtime.v2 /proc/self/mountinfo")).Wrote($"{sockets}\n0\n0");
    }

    [ContainerdFact]
    public async Task A_command_that_is_not_there_is_reported() =>
        (await containerd.Host.RunAsync(ContainerdFixture.ShimCommand(["--rm"], containerd.NewName(), "nowhere"))).Fails("executable file not found in $PATH");

    [ContainerdFact]
    public async Task A_terminal_has_a_size_and_a_shell()
    {
        await using Terminal terminal = Terminal.Start(containerd.Host, ContainerdFixture.ShimCommand(["--rm", "--tty"], containerd.NewName(), "sh"), rows: 33, columns: 99);
        // What is typed before ctr has taken the terminal over is lost.
        await terminal.ExpectAsync("# ");
        await terminal.TypeAsync("stty size\r");
        await terminal.ExpectAsync("33 99");
        await terminal.ResizeAsync(44, 88);
        await terminal.TypeAsync("stty size\r");
        await terminal.ExpectAsync("44 88");
        await terminal.TypeAsync("exit 6\r");
        Assert.Equal(6, await terminal.EndAsync());
    }

    [ContainerdFact]
    public async Task A_task_is_executed_in_paused_resumed_listed_measured_killed_and_deleted()
    {
        string name = await StartAsync("sleep", "1000");
        Assert.Equal("RUNNING", await containerd.StatusAsync(name));
        (await containerd.ExecAsync(["--exec-id", "a"], name, "echo in; exit 9")).Exits(9).Wrote("in");
        (await CtrAsync("task", "exec", "--exec-id", "b", name, "nowhere")).Fails("executable file not found in $PATH");
        (await CtrAsync("task", "exec", "--detach", "--exec-id", "c", name, "sleep", "1000")).Succeeds();
        Assert.Contains("c", (await CtrAsync("task", "ps", name)).Succeeds().Stdout, StringComparison.Ordinal);
        (await CtrAsync("task", "pause", name)).Succeeds();
        Assert.Equal("PAUSED", await containerd.StatusAsync(name));
        (await CtrAsync("task", "resume", name)).Succeeds();
        Assert.Contains("memory", (await CtrAsync("task", "metrics", name)).Succeeds().Stdout, StringComparison.Ordinal);
        (await CtrAsync("task", "kill", "--signal", "KILL", name)).Succeeds();
        await Eventually.HoldsAsync("the task stops", async () => await containerd.StatusAsync(name) == "STOPPED");
        (await CtrAsync("task", "kill", "--signal", "KILL", name)).Fails("process already finished");
        Assert.Contains("exit code 137", (await CtrAsync("task", "delete", name)).Succeeds().Stderr, StringComparison.Ordinal);
        (await CtrAsync("container", "delete", name)).Succeeds();
    }

    [ContainerdFact]
    public async Task Events_come_in_their_order()
    {
        using System.Diagnostics.Process watcher = containerd.Host.Start(new HostCommand(["sh", "-c", "exec ctr --address /run/containerd/containerd.sock events > /run/events"]));
        await Eventually.HoldsAsync("the watcher sees events", async () =>
        {
            string probe = containerd.NewName();
            (await CtrAsync("container", "create", BusyboxArchive.Image, probe)).Succeeds();
            (await CtrAsync("container", "delete", probe)).Succeeds();
            return (await containerd.Host.RunAsync("grep", "-c", "/containers/delete", "/run/events")).ExitCode == 0;
        });
        string name = containerd.NewName();
        (await containerd.Host.RunAsync(ContainerdFixture.ShimCommand(["--rm"], name, "true"))).Succeeds();
        await Eventually.PrintsAsync("create\nstart\nexit\ndelete",
            () => containerd.Host.RunAsync("sh", "-c", $"grep '\"container_id\":\"{name}\"' /run/events | grep -o '/tasks/[a-z]*' | cut -d/ -f3"));
        PrivateHost.Kill(watcher);
        await watcher.WaitForExitAsync();
    }

    [ContainerdFact]
    public async Task Twenty_tasks_share_one_shim()
    {
        string[] names = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => StartAsync("sleep", "1000")));
        (await containerd.Host.RunAsync("pgrep", "-cf", ShimPattern)).Prints("1");
        foreach (string name in names)
        {
            Assert.Equal("RUNNING", await containerd.StatusAsync(name));
            await containerd.RemoveAsync(name);
        }
        await Eventually.PrintsAsync("0", () => containerd.Host.RunAsync("pgrep", "-cf", ShimPattern));
    }

    [ContainerdFact]
    public async Task Tasks_outlive_a_daemon_that_is_killed_and_started_again()
    {
        string[] names = [await StartAsync("sleep", "1000"), await StartAsync("sleep", "1000"), await StartAsync("sh", "-c", "while [ ! -e /tmp/end ]; do sleep 0.05; done; exit 5")];
        await containerd.Daemon.EndAsync(Signals.SIGKILL);
        await containerd.StartDaemonAsync();
        foreach (string name in names) Assert.Equal("RUNNING", await containerd.StatusAsync(name));
        (await containerd.ExecAsync(["--exec-id", "a"], names[0], "echo alive")).Prints("alive");
        (await CtrAsync("task", "exec", "--exec-id", "a", names[2], "touch", "/tmp/end")).Succeeds();
        await Eventually.HoldsAsync("the end is seen by the new daemon", async () => await containerd.StatusAsync(names[2]) == "STOPPED");
        foreach (string name in names) await containerd.RemoveAsync(name);
    }

    [ContainerdFact]
    public async Task The_tasks_of_a_shim_that_was_killed_are_cleaned_up()
    {
        string[] names = [await StartAsync("sleep", "3100"), await StartAsync("sleep", "3100")];
        (await containerd.Host.RunAsync("pkill", "-KILL", "-f", ShimPattern)).Succeeds();
        await Eventually.PrintsAsync("0", () => containerd.Host.RunAsync("pgrep", "-cfx", "sleep 3100"));
        foreach (string name in names)
        {
            await Eventually.HoldsAsync("no task is left", async () => await containerd.StatusAsync(name) == "");
            (await CtrAsync("container", "delete", name)).Succeeds();
        }
        (await ShellAsync("echo again")).Prints("again");
    }
}
