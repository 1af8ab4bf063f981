namespace Keelson.Interop.Tests;

/// <summary>containerd 1.6: <c>ctr run</c> in the foreground.</summary>
[Collection<ContainerdCollection>]
public class ContainerdRunTests(ContainerdFixture containerd)
{
    [RootFact]
    public async Task Run_prints_what_the_command_prints()
    {
        Output run = await containerd.RunAsync([], "sh", "-c", "echo out; echo err >&2");
        run.Printed("out");
        Assert.Equal("err\n", run.Error);
    }

    [RootFact]
    public async Task Run_returns_the_commands_status() => (await containerd.RunAsync([], "sh", "-c", "exit 42")).Ended(42);
}
