namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: a person at a terminal.</summary>
[Collection<DockerdCollection>]
public class DockerTerminalTests(DockerdFixture docker)
{
    private Terminal Run(int rows, int columns, params string[] command) =>
        Terminal.Start(docker.Host, ["/usr/bin/docker", "run", "--rm", "-it", "--network", "none", BusyboxArchive.Image, .. command], rows, columns);

    [DockerFact]
    public async Task Run_with_a_terminal_gives_its_size_and_returns_the_status()
    {
        await using Terminal terminal = Run(33, 101, "sh", "-c", "tty; until stty size | grep -q '33 101'; do :; done; stty size; exit 7");
        await terminal.ExpectAsync("/dev/pts/0");
        await terminal.ExpectAsync("33 101");
        Assert.Equal(7, await terminal.EndAsync());
    }

    [DockerFact]
    public async Task A_shell_on_a_terminal_reads_what_is_typed()
    {
        await using Terminal terminal = Run(24, 80, "sh");
        await terminal.TypeAsync("echo $((6*7)) here\r");
        await terminal.ExpectAsync("42 here");
        await terminal.TypeAsync("exit 3\r");
        Assert.Equal(3, await terminal.EndAsync());
    }
}
