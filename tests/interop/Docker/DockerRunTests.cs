namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: <c>docker run</c>, its output and its exit status.</summary>
[Collection<DockerdCollection>]
public class DockerRunTests(DockerdFixture docker)
{
    [RootFact]
    public async Task The_tested_runtime_is_the_default()
    {
        Output info = await docker.DockerAsync("info", "--format", "{{.DefaultRuntime}} {{(index .Runtimes \"keelson\").Path}}");
        info.Printed($"keelson {TestedRuntime.Path}");
    }

    [RootFact]
    public async Task Run_prints_what_the_command_prints()
    {
        Output run = await docker.ShellAsync([], "echo out; echo err >&2");
        run.Printed("out");
        Assert.Equal("err\n", run.Error);
    }

    [RootFact]
    public async Task Run_returns_the_commands_status() => (await docker.ShellAsync([], "exit 42")).Ended(42);

    [RootFact]
    public async Task Run_returns_128_and_the_signal_that_ended_the_command() => (await docker.ShellAsync(["--init"], "kill -KILL $$")).Ended(137);

    [RootFact]
    public async Task A_command_that_is_not_in_the_image_is_127()
    {
        Output run = (await docker.RunAsync([], "/nowhere")).Ended(127);
        Assert.Contains("no such file or directory", run.Error);
    }

    [RootFact]
    public async Task A_command_that_is_not_on_the_path_is_127()
    {
        Output run = (await docker.RunAsync([], "nowhere")).Ended(127);
        Assert.Contains("executable file not found in $PATH", run.Error);
    }

    [RootFact]
    public async Task A_command_below_a_file_is_125()
    {
        Output run = (await docker.RunAsync([], "/etc/passwd/nowhere")).Ended(125);
        Assert.Contains("not a directory", run.Error);
    }

    [RootFact]
    public async Task A_command_without_the_executable_bit_is_126()
    {
        Output run = (await docker.RunAsync([], "/etc/plain")).Ended(126);
        Assert.Contains("permission denied", run.Error);
    }

    [RootFact]
    public async Task A_command_that_is_a_directory_is_126()
    {
        Output run = (await docker.RunAsync([], "/etc")).Ended(126);
        Assert.Contains("permission denied", run.Error);
    }
}
