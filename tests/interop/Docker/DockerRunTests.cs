namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: <c>docker run</c>, its output and its exit status.</summary>
public abstract class DockerRunTests(DockerdFixture docker)
{
    [DockerFact]
    public async Task The_tested_runtime_is_the_default()
    {
        CommandResult info = await docker.CliAsync("info", "--format", "{{.DefaultRuntime}} {{(index .Runtimes \"keelson\").Path}}");
        info.Prints($"keelson {HostFixture.Runtime}");
    }

    [DockerFact]
    public async Task Run_prints_what_the_command_prints()
    {
        CommandResult run = await docker.ShellAsync([], "echo out; echo err >&2");
        run.Prints("out");
        Assert.Equal("err\n", run.Stderr);
    }

    [DockerFact]
    public async Task Run_returns_the_commands_status() => (await docker.ShellAsync([], "exit 42")).Exits(42);

    [DockerFact]
    public async Task Run_returns_128_and_the_signal_that_ended_the_command() => (await docker.ShellAsync(["--init"], "kill -KILL $$")).Exits(137);

    [DockerFact]
    public async Task A_command_that_is_not_in_the_image_is_127()
    {
        CommandResult run = (await docker.RunAsync([], "/nowhere")).Exits(127);
        Assert.Contains("no such file or directory", run.Stderr);
    }

    [DockerFact]
    public async Task A_command_that_is_not_on_the_path_is_127()
    {
        CommandResult run = (await docker.RunAsync([], "nowhere")).Exits(127);
        Assert.Contains("executable file not found in $PATH", run.Stderr);
    }

    [DockerFact]
    public async Task A_command_below_a_file_is_125()
    {
        CommandResult run = (await docker.RunAsync([], "/etc/passwd/nowhere")).Exits(125);
        Assert.Contains("not a directory", run.Stderr);
    }

    [DockerFact]
    public async Task A_command_without_the_executable_bit_is_126()
    {
        CommandResult run = (await docker.RunAsync([], "/etc/plain")).Exits(126);
        Assert.Contains("permission denied", run.Stderr);
    }

    [DockerFact]
    public async Task A_command_that_is_a_directory_is_126()
    {
        CommandResult run = (await docker.RunAsync([], "/etc")).Exits(126);
        Assert.Contains("permission denied", run.Stderr);
    }

    [DockerFact]
    public async Task A_script_whose_interpreter_is_missing_fails()
    {
        CommandResult run = await docker.RunAsync([], "no-interpreter");
        Assert.InRange(run.ExitCode, 1, 127);
        Assert.Contains("no such file or directory", run.Stderr);
    }

    [DockerFact]
    public async Task An_unknown_runtime_is_125() => (await docker.RunAsync(["--runtime", "nowhere"], "true")).FailsWith(125, "Unknown runtime specified nowhere");

    [DockerFact]
    public async Task Environment_entrypoint_and_working_directory_are_set() =>
        (await docker.CliAsync("run", "--rm", "--network", "none", "--env", "A=b c", "--workdir", "/etc", "--entrypoint", "sh", BusyboxArchive.Image, "-c", "echo $A; pwd; echo $PATH; echo $HOME"))
            .Prints("b c\n/etc\n/usr/sbin:/usr/bin:/sbin:/bin\n/root");

    [DockerFact]
    public async Task Init_is_process_1_and_reaps()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--init"], "sh -c 'sleep 0.01 & sleep 0.01 &'; exec sleep 1000");
        (await container.ExecAsync("cat", "/proc/1/comm")).Prints("docker-init");
        await Eventually.PrintsAsync("0", () => container.ShellAsync("grep -l '^State:.Z' /proc/[0-9]*/status | wc -l"));
        await container.DoAsync("stop", "--time", "20");
        Assert.Equal("143", await container.InspectAsync("{{.State.ExitCode}}"));
    }

    [DockerFact]
    public async Task Names_and_limits_of_the_first_process_do_not_leak_from_the_daemon() =>
        (await docker.ShellAsync([], "ls /proc/self/fd; env | grep -vE '^(PATH|HOSTNAME|HOME|PWD|SHLVL|_)='; cat /proc/self/oom_score_adj; umask")).Prints("0\n1\n2\n3\n0\n0022");
}
