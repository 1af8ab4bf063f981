namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: <c>docker run</c>, its output and its exit status.</summary>
[Collection<DockerdCollection>]
public class DockerRunTests(DockerdFixture docker)
{
    [DockerFact]
    public async Task The_tested_runtime_is_the_default()
    {
        CommandResult info = await docker.DockerAsync("info", "--format", "{{.DefaultRuntime}} {{(index .Runtimes \"keelson\").Path}}");
        info.Prints($"keelson {RuntimeUnderTest.Program}");
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
}
