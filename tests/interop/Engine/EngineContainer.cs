namespace Keelson.Interop.Tests;

/// <summary>A container in the background; disposing of it removes it.</summary>
public sealed class EngineContainer(EngineFixture engine, string name) : IAsyncDisposable
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Runs a command in it and returns what that printed.</summary>
    public Task<CommandResult> ExecAsync(params ReadOnlySpan<string> command) => engine.CliAsync(["exec", name, .. command]);

    /// <summary>Runs a shell script in it.</summary>
    public Task<CommandResult> ShellAsync(string script) => ExecAsync("sh", "-c", script);

    /// <summary>Runs a command of the engine about it, which must succeed: <c>pause</c>, <c>stop --time 1</c>.</summary>
    public async Task<CommandResult> DoAsync(params string[] command) => (await engine.CliAsync([.. command, name])).Succeeds();

    /// <summary>What <c>inspect</c> says, through a Go template.</summary>
    public async Task<string> InspectAsync(string format) => (await engine.CliAsync("inspect", "--format", format, name)).Succeeds().Text;

    /// <summary>Waits until <c>inspect</c> says <paramref name="expected"/>.</summary>
    public Task BecomesAsync(string expected, string format = "{{.State.Status}}") =>
        Eventually.PrintsAsync(expected, () => engine.CliAsync("inspect", "--format", format, name));

    /// <summary>Waits until its log is <paramref name="expected"/>.</summary>
    public Task LogsAsync(string expected) => Eventually.PrintsAsync(expected, () => engine.CliAsync("logs", name));

    /// <summary>Waits for its end and returns its exit status.</summary>
    public async Task<string> WaitAsync() => (await engine.CliAsync("wait", name)).Succeeds().Text;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => (await engine.CliAsync([.. engine.RemoveCommand, name])).Succeeds();
}
