namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: a person at a terminal.</summary>
public abstract class DockerTerminalTests(DockerdFixture docker)
{
    [DockerFact]
    public async Task Run_with_a_terminal_gives_its_size_and_returns_the_status()
    {
        await using Terminal terminal = docker.RunOnTerminal(["sh", "-c", "tty; until stty size | grep -q '33 101'; do :; done; stty size; exit 7"], 33, 101);
        await terminal.ExpectAsync("/dev/pts/0");
        await terminal.ExpectAsync("33 101");
        Assert.Equal(7, await terminal.EndAsync());
    }

    [DockerFact]
    public async Task A_shell_on_a_terminal_reads_what_is_typed()
    {
        await using Terminal terminal = docker.RunOnTerminal(["sh"]);
        await terminal.TypeAsync("echo $((6*7)) here\r");
        await terminal.ExpectAsync("42 here");
        await terminal.TypeAsync("exit 3\r");
        Assert.Equal(3, await terminal.EndAsync());
    }

    [DockerFact]
    public async Task A_resized_terminal_tells_the_container()
    {
        await using Terminal terminal = docker.RunOnTerminal(["sh", "-c", "trap 'stty size' WINCH; until stty size | grep -q '24 80'; do :; done; echo ready; while :; do sleep 0.05; done"]);
        await terminal.ExpectAsync("ready");
        await terminal.ResizeAsync(40, 132);
        await terminal.ExpectAsync("40 132");
    }

    [DockerFact]
    public async Task Control_C_interrupts_the_command()
    {
        await using Terminal terminal = docker.RunOnTerminal(["sh", "-c", "trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done"]);
        await terminal.ExpectAsync("ready");
        await terminal.TypeAsync("\x03");
        await terminal.ExpectAsync("interrupted");
        Assert.Equal(9, await terminal.EndAsync());
    }

    [DockerFact]
    public async Task The_terminal_is_the_controlling_terminal_and_owned_by_the_user()
    {
        await using Terminal terminal = docker.StartOnTerminal(docker.RunArguments(
            ["--rm", "-it", "--user", "app"], "sh", "-c", "echo via > /dev/tty; echo console > /dev/console; stat -c %u $(tty) /dev/console"));
        await terminal.ExpectAsync("via");
        await terminal.ExpectAsync("console");
        await terminal.ExpectAsync("1000\r\n1000");
        Assert.Equal(0, await terminal.EndAsync());
    }

    [DockerFact]
    public async Task Exec_on_a_terminal_has_its_size_reads_and_returns_the_status()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        await using Terminal terminal = docker.StartOnTerminal(["exec", "-it", container.Name, "sh"], 31, 97);
        await terminal.TypeAsync("tty; until stty size | grep -q '31 97'; do :; done; stty size\r");
        await terminal.ExpectAsync("/dev/pts/0");
        await terminal.ExpectAsync("31 97\r\n");
        await terminal.ResizeAsync(20, 60);
        await terminal.TypeAsync("until stty size | grep -q '20 60'; do :; done; stty size\r");
        await terminal.ExpectAsync("\n20 60\r\n");
        await terminal.TypeAsync("exit 8\r");
        Assert.Equal(8, await terminal.EndAsync());
    }

    [DockerFact]
    public async Task The_detach_keys_leave_the_container_running_and_attach_finds_it_again()
    {
        string name = docker.NewName();
        await using EngineContainer container = new(docker, name);
        await using (Terminal first = docker.StartOnTerminal(docker.RunArguments(["-it", "--name", name], "sh")))
        {
            await first.TypeAsync("word=kept; echo re''ady\r");
            await first.ExpectAsync("ready");
            await first.TypeAsync("\x10\x11");
            Assert.Equal(0, await first.EndAsync());
        }

        Assert.Equal("running", await container.InspectAsync("{{.State.Status}}"));
        await using Terminal second = docker.StartOnTerminal(["attach", name]);
        await second.TypeAsync("echo word was $word; exit 2\r");
        await second.ExpectAsync("word was kept");
        Assert.Equal(2, await second.EndAsync());
    }
}
