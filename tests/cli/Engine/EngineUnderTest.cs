using Keelson.Docker;

namespace Keelson.Cli.Tests;

/// <summary>
/// An engine, docker's client and keelson. The engine is a dockerd in a private host, unless <c>KEELSON_TEST_DOCKER_HOST</c> names the socket of another
/// one, as <c>unix:///path</c> outside of <c>/run</c>. <c>KEELSON_TEST_CLI</c> names another keelson than the published one.
/// </summary>
public sealed class EngineUnderTest : IAsyncLifetime
{
    /// <summary>The image that is there.</summary>
    public const string Image = "busybox:test";

    private const string OwnSocket = "/run/docker.sock";
    private static readonly string? Named = Environment.GetEnvironmentVariable("KEELSON_TEST_DOCKER_HOST");
    private int names;

    /// <summary>The tested program.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("KEELSON_TEST_CLI") is { Length: > 0 } named ? Path.GetFullPath(named) : Repository.PublishedCli;

    /// <summary>Why the tests cannot run here; <see langword="null"/> when they can.</summary>
    public static string? Missing => Callers.Missing("dockerd", "tini", "docker-registry") ?? (File.Exists(Program) ? null : "needs the published keelson");

    /// <summary>Where the commands run.</summary>
    public PrivateHost Host { get; private set; } = null!;

    /// <summary>The engine from this process.</summary>
    public DockerClient Client { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Missing is not null) return;
        Host = await PrivateHost.StartAsync();
        try
        {
            Host.Environment["DOCKER_HOST"] = Named ?? "unix://" + OwnSocket;
            Host.Environment["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "";
            if (Named is null)
                await Daemon.StartAsync(Host, "dockerd",
                    ["dockerd", "--data-root", "/run/docker-data", "--exec-root", "/run/docker", "--pidfile", "/run/dockerd.pid", "--host", "unix://" + OwnSocket,
                        "--storage-driver", "overlay2", "--shutdown-timeout", "1"],
                    ["/usr/bin/docker", "version"]);
            Client = new(DockerHost.Parse(Named ?? Host.Root + OwnSocket));
            await BusyboxArchive.WriteAsync(Host.Root + "/run/busybox.tar");
            (await KeelsonAsync("load", "--input", "/run/busybox.tar")).Succeeds();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (Host is not null) await Host.DisposeAsync();
    }

    /// <summary>A name that no other test uses.</summary>
    public string NewName() => $"cli{Interlocked.Increment(ref names)}";

    /// <summary>Runs keelson.</summary>
    public Task<CommandResult> KeelsonAsync(params ReadOnlySpan<string> arguments) => Host.RunAsync([Program, .. arguments]);

    /// <summary>Runs keelson with something to read.</summary>
    public Task<CommandResult> PipeAsync(string input, params ReadOnlySpan<string> arguments) => Host.RunAsync(new HostCommand([Program, .. arguments]) { Input = input });

    /// <summary>Runs docker's client.</summary>
    public Task<CommandResult> DockerAsync(params ReadOnlySpan<string> arguments) => Host.RunAsync(["/usr/bin/docker", .. arguments]);

    /// <summary>Starts keelson on a terminal.</summary>
    public Interop.Tests.Terminal OnTerminal(params string[] arguments) => Interop.Tests.Terminal.Start(Host, [Program, .. arguments]);

    /// <summary>Runs the same command line with both, and fails unless output and exit code are the same. What tells a time may change between the two, and dockerd tells mounts in any order.</summary>
    public async Task SameAsync(params string[] arguments)
    {
        CommandResult ours = null!, theirs = null!;
        for (int attempt = 0; attempt < 8; attempt++)
        {
            ours = await KeelsonAsync(arguments);
            theirs = await DockerAsync(arguments);
            if (ours.Stdout == theirs.Stdout && ours.ExitCode == theirs.ExitCode) return;
        }
        Assert.Fail($"not the same:\n{ours}\n\n{theirs}");
    }

    /// <summary>Starts a container that does nothing until it is killed.</summary>
    public async Task<string> StartIdleAsync(params string[] options)
    {
        string name = NewName();
        (await KeelsonAsync(["run", "--detach", "--name", name, "--network", "none", .. options, Image, "sleep", "1000"])).Succeeds();
        return name;
    }

    /// <summary>Removes a container.</summary>
    public async Task RemoveAsync(string name) => (await KeelsonAsync("rm", "--force", "--volumes", name)).Succeeds();
}
