using System.Diagnostics;
using System.Globalization;

namespace Keelson.Interop.Tests;

/// <summary>An engine with docker's command line in a private host.</summary>
public abstract class EngineFixture(CgroupLayout layout = CgroupLayout.AsTheMachine) : HostFixture(layout)
{
    /// <summary>The command line's program and what goes before its command.</summary>
    protected abstract string[] Cli { get; }

    /// <summary>The command that removes a running container at once, with its volumes.</summary>
    public abstract string[] RemoveCommand { get; }

    /// <summary>The words that make <c>run</c> and <c>create</c> find the image.</summary>
    protected virtual string[] RunOptions => [];

    /// <summary>The whole command line of a command of the engine.</summary>
    public string[] CommandLine(params ReadOnlySpan<string> arguments) => [.. Cli, .. arguments];

    /// <summary>Runs a command of the engine: <c>ps --all</c>.</summary>
    public Task<CommandResult> CliAsync(params ReadOnlySpan<string> arguments) => Host.RunAsync([.. Cli, .. arguments]);

    /// <summary>Runs a command of the engine with <paramref name="input"/> on its standard input.</summary>
    public Task<CommandResult> PipeAsync(string input, params ReadOnlySpan<string> arguments) => Host.RunAsync(new HostCommand([.. Cli, .. arguments]) { Input = input });

    /// <summary>Starts a command of the engine, whose input and output the caller reads and writes.</summary>
    public Process Start(params ReadOnlySpan<string> arguments) => Host.Start(new HostCommand([.. Cli, .. arguments]));

    /// <summary>Starts a command of the engine on a terminal.</summary>
    public Terminal StartOnTerminal(string[] arguments, int rows = 24, int columns = 80) => Terminal.Start(Host, [.. Cli, .. arguments], rows, columns);

    /// <summary>The arguments of <c>run</c>: the busybox image, without a network unless the options name one.</summary>
    public string[] RunArguments(string[] options, params ReadOnlySpan<string> command)
    {
        string[] network = options.Contains("--network") ? [] : ["--network", "none"];
        return ["run", .. RunOptions, .. network, .. options, BusyboxArchive.Image, .. command];
    }

    /// <summary>Runs a container in the foreground and removes it.</summary>
    public Task<CommandResult> RunAsync(string[] options, params ReadOnlySpan<string> command) => CliAsync(RunArguments(["--rm", .. options], command));

    /// <summary>Runs a shell script in a container in the foreground.</summary>
    public Task<CommandResult> ShellAsync(string[] options, string script) => RunAsync(options, "sh", "-c", script);

    /// <summary>Runs a container in the foreground on a terminal.</summary>
    public Terminal RunOnTerminal(string[] command, int rows = 24, int columns = 80) =>
        StartOnTerminal(RunArguments(["--rm", "--interactive", "--tty"], command), rows, columns);

    /// <summary>Starts a container in the background; disposing of it removes it.</summary>
    public async Task<EngineContainer> StartAsync(string[] options, params string[] command)
    {
        string name = NewName();
        (await CliAsync(RunArguments(["--detach", "--name", name, .. options], command))).Succeeds();
        return new EngineContainer(this, name);
    }

    /// <summary>Starts a shell script in the background.</summary>
    public Task<EngineContainer> StartShellAsync(string[] options, string script) => StartAsync(options, "sh", "-c", script);

    /// <summary>A container that does nothing until it is killed.</summary>
    public Task<EngineContainer> StartIdleAsync(params string[] options) => StartAsync(options, "sleep", "1000");

    /// <summary>What a privileged process may have: the capabilities 0 to <paramref name="last"/>, as far as root has them here, as <c>/proc/PID/status</c> writes them.</summary>
    public async Task<string> AllCapabilitiesAsync(int last)
    {
        string have = (await Host.RunAsync("sed", "-n", "s/^CapBnd:\t//p", "/proc/self/status")).Succeeds().Text;
        return (ulong.Parse(have, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & ((1UL << (last + 1)) - 1)).ToString("x16", CultureInfo.InvariantCulture);
    }
}
