namespace Keelson.Interop.Tests;

/// <summary>A container in the background.</summary>
public sealed class DockerContainer(DockerdFixture docker, string name) : IAsyncDisposable
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Runs a command in it and returns what that printed.</summary>
    public Task<CommandResult> ExecAsync(params ReadOnlySpan<string> command) => docker.DockerAsync(["exec", name, .. command]);

    /// <summary>Runs a shell script in it.</summary>
    public Task<CommandResult> ShellAsync(string script) => ExecAsync("sh", "-c", script);

    /// <summary>Runs a docker command about it: <c>pause</c>, <c>stop --time 1</c>.</summary>
    public async Task<CommandResult> DoAsync(params string[] command) => (await docker.DockerAsync([.. command, name])).Succeeds();

    /// <summary>What <c>docker inspect</c> says, through a Go template.</summary>
    public async Task<string> InspectAsync(string format) => (await docker.DockerAsync("inspect", "--format", format, name)).Succeeds().Text;

    /// <summary>Waits until <c>docker inspect</c> says <paramref name="expected"/>.</summary>
    public Task BecomesAsync(string expected, string format = "{{.State.Status}}") =>
        Eventually.PrintsAsync(expected, () => docker.DockerAsync("inspect", "--format", format, name));

    /// <summary>Waits until its log is <paramref name="expected"/>.</summary>
    public Task LogsAsync(string expected) => Eventually.PrintsAsync(expected, () => docker.DockerAsync("logs", name));

    /// <summary>Waits for its end and returns its exit status.</summary>
    public async Task<string> WaitAsync() => (await docker.DockerAsync("wait", name)).Succeeds().Text;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => (await docker.DockerAsync("rm", "--force", "--volumes", name)).Succeeds();
}
