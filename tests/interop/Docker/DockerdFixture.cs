namespace Keelson.Interop.Tests;

/// <summary>dockerd with a containerd of its own in a private host; the tested runtime is its default runtime, under the name <c>keelson</c>.</summary>
public class DockerdFixture : EngineFixture
{
    /// <summary>The daemon.</summary>
    public Daemon Daemon { get; private set; } = null!;

    /// <inheritdoc/>
    // Debian's client: another one may be first on the path.
    protected override string[] Cli => ["/usr/bin/docker"];

    /// <inheritdoc/>
    public override string[] RemoveCommand => ["rm", "--force", "--volumes"];

    /// <summary>What dockerd is told besides the places and the runtime.</summary>
    protected virtual string[] Options => [];

    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        await StartDaemonAsync();
        (await CliAsync("load", "--input", "/run/busybox.tar")).Succeeds();
    }

    /// <summary>Starts the daemon, again when it was ended.</summary>
    public async Task StartDaemonAsync() => Daemon = await Daemon.StartAsync(
        Host,
        "dockerd",
        ["dockerd", "--data-root", "/run/docker-data", "--exec-root", "/run/docker", "--pidfile", "/run/dockerd.pid", "--host", "unix:///run/docker.sock",
            "--storage-driver", "overlay2", "--shutdown-timeout", "1", "--add-runtime", $"keelson={Runtime}", "--default-runtime", "keelson", .. Options],
        [.. Cli, "version"]);
}
