using Keelson.Linux.Sys;

namespace Keelson.Registry.Tests;

/// <summary>dockerd with directories of its own, for docker's clients; it runs nothing and has no network. It starts when it is first asked for something.</summary>
public sealed class DockerdOfTests : IDisposable
{
    private readonly string folder = TestDirectory.Make("dockerd");
    private readonly Lazy<ChildProcess> process;

    public DockerdOfTests() => process = new(Start);

    /// <summary>Registries that it asks in place of docker's own.</summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

    /// <summary>docker 20.10 and 28.2; those that are here.</summary>
    public static string[] Clients { get; } = [.. ((string[])["/usr/bin/docker", "/usr/local/bin/docker"]).Where(File.Exists).DefaultIfEmpty("docker")];

    /// <summary>Runs a client.</summary>
    public CommandResult Docker(string client, params IReadOnlyList<string> arguments)
    {
        Assert.False(process.Value.HasEnded, process.Value.Stderr);
        return Run(client, arguments);
    }

    public void Dispose()
    {
        if (process.IsValueCreated)
        {
            process.Value.Signal(Signals.SIGTERM);
            process.Value.WaitForEnd();
            process.Value.Dispose();
        }
        TestDirectory.Remove(folder);
    }

    private CommandResult Run(string client, IReadOnlyList<string> arguments) => ChildProcess.Run([client, "-H", $"unix://{folder}/d.sock", .. arguments], new()
    {
        Environment = new Dictionary<string, string> { ["HOME"] = folder, ["DOCKER_CONFIG"] = folder + "/config", ["DOCKER_CLI_EXPERIMENTAL"] = "enabled" },
        Limit = TimeSpan.FromSeconds(120),
    });

    private ChildProcess Start()
    {
        ChildProcess started = ChildProcess.Start(["dockerd", "--data-root", folder + "/root", "--exec-root", folder + "/exec", "--pidfile", folder + "/pid", "--host", $"unix://{folder}/d.sock",
            "--bridge", "none", "--iptables=false", "--ip6tables=false", "--storage-driver", "vfs", "--shutdown-timeout", "1", .. Mirrors.SelectMany(mirror => new[] { "--registry-mirror", mirror })]);
        Condition.Await("dockerd answers", () => started.HasEnded || Run(Clients[0], ["version"]).ExitCode == 0, TimeSpan.FromSeconds(60));
        return started;
    }
}
