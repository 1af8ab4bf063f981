namespace Keelson.Interop.Tests;

/// <summary>containerd 1.6: <c>ctr run</c> in the foreground.</summary>
[Collection<ContainerdCollection>]
public class ContainerdRunTests(ContainerdFixture containerd)
{
    [ContainerdFact]
    public async Task Run_prints_what_the_command_prints()
    {
        CommandResult run = await containerd.RunAsync([], "sh", "-c", "echo out; echo err >&2");
        run.Prints("out");
        Assert.Equal("err\n", run.Stderr);
    }

    [ContainerdFact]
    public async Task Run_returns_the_commands_status() => (await containerd.RunAsync([], "sh", "-c", "exit 42")).Exits(42);
}
