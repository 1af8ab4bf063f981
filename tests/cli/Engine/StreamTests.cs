using System.Diagnostics;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Tests;

/// <summary>Streams, signals and terminals of containers in the foreground.</summary>
[Collection<EngineCollection>]
public class StreamTests(EngineUnderTest engine)
{
    private string[] Run(params string[] rest) => ["run", "--rm", "--network", "none", .. rest];

    [CliFact]
    public async Task Output_and_errors_stay_apart()
    {
        CommandResult run = (await engine.KeelsonAsync(Run(EngineUnderTest.Image, "sh", "-c", "echo out; echo err >&2; exit 5"))).Exits(5);
        Assert.Equal(("out\n", "err\n"), (run.Stdout, run.Stderr));
    }

    [CliFact]
    public async Task Input_ends_when_ours_does() => (await engine.PipeAsync("b\na\n", Run("-i", EngineUnderTest.Image, "sort"))).Prints("a\nb");

    [CliFact]
    public async Task Much_flows_both_ways_at_once()
    {
        const int Bytes = 20_000_000;
        (await engine.Host.RunAsync("sh", "-c", $"yes 0123456789abcde | head -c {Bytes} > /run/much; {EngineUnderTest.Program} run -i --rm --network none {EngineUnderTest.Image} cat < /run/much | cmp - /run/much")).Succeeds();
    }

    [CliFact]
    public async Task A_reader_that_goes_ends_the_program_quietly()
    {
        string name = engine.NewName();
        CommandResult piped = await engine.Host.RunAsync("sh", "-c", $"{EngineUnderTest.Program} run --name {name} --network none {EngineUnderTest.Image} yes | head -1");
        Assert.Equal(("y\n", ""), (piped.Stdout, piped.Stderr));
        await engine.RemoveAsync(name);
    }

    [CliFact]
    public async Task Exec_has_streams_and_the_commands_exit_code()
    {
        string name = await engine.StartIdleAsync();
        CommandResult exec = (await engine.PipeAsync("in\n", "exec", "-i", name, "sh", "-c", "cat; echo err >&2; exit 9")).Exits(9);
        Assert.Equal(("in\n", "err\n"), (exec.Stdout, exec.Stderr));
        await engine.RemoveAsync(name);
    }

    [CliFact]
    public async Task Signals_reach_the_container()
    {
        using Process run = engine.Host.Start(new HostCommand([EngineUnderTest.Program, .. Run(EngineUnderTest.Image, "sh", "-c", "trap 'echo got; exit 44' USR1; echo ready; while :; do sleep 0.05; done")]));
        Assert.Equal("ready", await run.StandardOutput.ReadLineAsync());
        Processes.TryKill(PrivateHost.CommandOf(run), Signals.SIGUSR1).ThrowIfError("kill", "keelson");
        Assert.Equal("got", await run.StandardOutput.ReadLineAsync());
        await run.WaitForExitAsync();
        Assert.Equal(44, run.ExitCode);
    }

    [CliFact]
    public async Task Without_a_proxy_a_signal_ends_the_program_alone()
    {
        string name = engine.NewName();
        using Process run = engine.Host.Start(new HostCommand([EngineUnderTest.Program, "run", "--sig-proxy=false", "--name", name, "--network", "none", EngineUnderTest.Image, "sh", "-c", "echo ready; exec sleep 1000"]));
        Assert.Equal("ready", await run.StandardOutput.ReadLineAsync());
        Processes.TryKill(PrivateHost.CommandOf(run), Signals.SIGTERM).ThrowIfError("kill", "keelson");
        await run.WaitForExitAsync();
        Assert.Equal(143, run.ExitCode);
        (await engine.KeelsonAsync("inspect", "-f", "{{.State.Status}}", name)).Prints("running");
        await engine.RemoveAsync(name);
    }

    [CliFact]
    public async Task A_terminal_is_raw_has_our_size_and_follows_it()
    {
        await using Interop.Tests.Terminal terminal = engine.OnTerminal(Run("-it", EngineUnderTest.Image, "sh"));
        await terminal.TypeAsync("stty size; echo mark\r");
        await terminal.ExpectAsync("24 80");
        await terminal.ResizeAsync(40, 100);
        await Eventually.HoldsAsync("the new size", async () =>
        {
            await terminal.TypeAsync("stty size\r");
            return terminal.Screen.Contains("40 100", StringComparison.Ordinal);
        });
        await terminal.TypeAsync("trap 'echo inter''rupted' INT; echo wait''ing; sleep 1000\r");
        await terminal.ExpectAsync("waiting");
        await terminal.TypeAsync("\x03");
        await terminal.ExpectAsync("interrupted");
        await terminal.TypeAsync("exit 6\r");
        Assert.Equal(6, await terminal.EndAsync());
    }

    [CliFact]
    public async Task The_detach_keys_leave_the_container_alone()
    {
        string name = engine.NewName();
        await using (Interop.Tests.Terminal terminal = engine.OnTerminal("run", "-it", "--name", name, "--network", "none", "--detach-keys", "ctrl-x,x", EngineUnderTest.Image, "sh"))
        {
            await terminal.TypeAsync("echo $((40+2))\r");
            await terminal.ExpectAsync("42");
            await terminal.TypeAsync("\x18x");
            Assert.Equal(0, await terminal.EndAsync());
        }
        (await engine.KeelsonAsync("inspect", "-f", "{{.State.Status}}", name)).Prints("running");
        await using (Interop.Tests.Terminal again = engine.OnTerminal("attach", name))
        {
            await again.TypeAsync("exit 8\r");
            Assert.Equal(8, await again.EndAsync());
        }
        await engine.RemoveAsync(name);
    }

    [CliFact]
    public async Task A_pipe_is_no_terminal() =>
        (await engine.KeelsonAsync(Run("-it", EngineUnderTest.Image, "sh"))).FailsWith(125, "the input device is not a TTY");

    [CliFact]
    public async Task Start_attached_ends_as_the_container_does()
    {
        string name = engine.NewName();
        (await engine.KeelsonAsync("create", "--name", name, "--network", "none", EngineUnderTest.Image, "sh", "-c", "echo again; exit 4")).Succeeds();
        (await engine.KeelsonAsync("start", "--attach", name)).Exits(4).Wrote("again");
        (await engine.KeelsonAsync("start", name)).Prints(name);
        (await engine.KeelsonAsync("wait", name)).Prints("4");
        await engine.RemoveAsync(name);
    }
}
